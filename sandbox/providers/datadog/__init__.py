"""Datadog as a `Cloud`."""

from sandbox.providers.datadog.provider import Datadog, find

__all__ = ["Datadog", "find"]
