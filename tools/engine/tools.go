//go:build tools

// Package tools pins the Pulumi engine that is built where no Pulumi CLI is installed.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"
