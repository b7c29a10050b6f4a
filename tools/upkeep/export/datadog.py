"""What an organisation of Datadog has, read with Datadog's own client."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v1.api.monitors_api import MonitorsApi
from datadog_api_client.v1.api.synthetics_api import SyntheticsApi

from tools.upkeep import local
from tools.upkeep.stop import Stop

_KEYS = {"apiKeyAuth": "DD_API_KEY", "appKeyAuth": "DD_APP_KEY"}


@dataclass(frozen=True)
class Organisation:
    """The synthetic tests, whole where they ask by HTTP, and the monitors that are not a test's."""

    tests: Sequence[Mapping[str, Any]]
    monitors: Sequence[Mapping[str, Any]]


def organisation(real: bool) -> Organisation:
    """That of the running sandbox, or the one whose keys are in the environment."""
    if real:
        if missing := [name for name in _KEYS.values() if name not in os.environ]:
            raise Stop(f"not set: {', '.join(missing)}")
        keys = {key: os.environ[name] for key, name in _KEYS.items()}
        return read_organisation(os.environ.get("DD_API_URL"), keys)
    return read_organisation(local.to_look_into().dd_api_url, dict.fromkeys(_KEYS, "sandbox"))


def read_organisation(address: str | None, keys: Mapping[str, str]) -> Organisation:
    """All of it; None: at Datadog's own address."""
    configuration: Any = Configuration  # without types
    where = {"host": address} if address else {}
    synthetics_api: Any = SyntheticsApi
    monitors_api: Any = MonitorsApi
    with ApiClient(configuration(api_key=dict(keys), **where)) as client:
        synthetics = synthetics_api(client)
        return Organisation(
            [
                synthetics.get_api_test(test.public_id).to_dict()
                if str(test.type) == "api"
                else test.to_dict()
                for test in synthetics.list_tests().tests
            ],
            [
                monitor.to_dict()
                for monitor in monitors_api(client).list_monitors()
                if str(monitor.type) != "synthetics alert"
            ],
        )
