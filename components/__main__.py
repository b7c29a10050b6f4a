"""Serves the components to stacks in other languages."""

from pulumi.provider.experimental import component_provider_host
from pulumi_upkeep import schema

if __name__ == "__main__":
    component_provider_host(
        name=schema.PACKAGE, components=schema.components(), version=schema.VERSION
    )
