"""Clients of the running sandbox, or of the account whose credentials are set."""

# mypy: disable-error-code="no-untyped-call"
import os
import warnings
from collections.abc import Mapping
from typing import Any

from datadog_api_client import ApiClient, Configuration

from tools.upkeep.stop import Stop

# What Datadog calls unstable has to be asked for by name.
_UNSTABLE = (
    "list_incident_types",
    "list_incident_notification_rules",
    "list_incident_notification_templates",
    "list_incident_postmortem_templates",
    "list_incident_user_defined_roles",
)
_KEYS = {"apiKeyAuth": "DD_API_KEY", "appKeyAuth": "DD_APP_KEY"}


def datadog_client(address: str | None = None, keys: Mapping[str, str] | None = None) -> ApiClient:
    """Datadog's own client; address: default Datadog's own; keys: default the environment's."""
    if keys is None:
        if missing := [name for name in _KEYS.values() if name not in os.environ]:
            raise Stop(f"not set: {', '.join(missing)}")
        keys = {key: os.environ[name] for key, name in _KEYS.items()}
    configuration: Any = Configuration(**({"host": address} if address else {}))
    configuration.api_key.update(keys)
    if address:
        configuration.server_index = None
    # Said once for each call otherwise.
    warnings.filterwarnings("ignore", message="Using unstable operation")
    for operation in _UNSTABLE:
        if operation in configuration.unstable_operations:
            configuration.unstable_operations[operation] = True
    return ApiClient(configuration)


def sandbox_client(address: str) -> ApiClient:
    """The same of a sandbox, where any keys do."""
    return datadog_client(address, dict.fromkeys(_KEYS, "sandbox"))
