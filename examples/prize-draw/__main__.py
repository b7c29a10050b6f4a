"""The prize draw's whole program: its plan is its configuration."""

from pulumi_upkeep.environment import deploy

deploy()
