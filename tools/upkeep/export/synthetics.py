"""The synthetic tests of an organisation of Datadog, read with Datadog's own client."""

import os
from collections.abc import Mapping, Sequence
from typing import Any

from datadog_api_client import ApiClient, Configuration
from datadog_api_client.v1.api.synthetics_api import SyntheticsApi

from sandbox.server import alive, read_state
from tools.upkeep.paths import BUILD
from tools.upkeep.stop import Stop

_KEYS = {"apiKeyAuth": "DD_API_KEY", "appKeyAuth": "DD_APP_KEY"}


def synthetic_tests(real: bool) -> Sequence[Mapping[str, Any]]:
    """Those of the running sandbox, or of the organisation whose keys are in the environment."""
    if real:
        if missing := [name for name in _KEYS.values() if name not in os.environ]:
            raise Stop(f"not set: {', '.join(missing)}")
        keys = {key: os.environ[name] for key, name in _KEYS.items()}
        return read_tests(os.environ.get("DD_API_URL"), keys)
    running = read_state(BUILD / "sandbox.json")
    if running is None or not alive(running):
        raise Stop("no sandbox runs: `make sandbox` first, or REAL=1 for an account")
    return read_tests(running.dd_api_url, dict.fromkeys(_KEYS, "sandbox"))


def read_tests(address: str | None, keys: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    """Every test by HTTP, whole, and what else there is in short; None: Datadog's own address."""
    configuration: Any = Configuration  # without types
    where = {"host": address} if address else {}
    api: Any = SyntheticsApi
    with ApiClient(configuration(api_key=dict(keys), **where)) as client:
        synthetics = api(client)
        return [
            synthetics.get_api_test(test.public_id).to_dict()
            if str(test.type) == "api"
            else test.to_dict()
            for test in synthetics.list_tests().tests
        ]
