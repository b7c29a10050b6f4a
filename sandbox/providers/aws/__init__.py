"""The stand-in for the AWS provider: `provider.Aws`, and a module for each service's table."""
