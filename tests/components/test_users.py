"""The people of a plan, looked up in Datadog: by their address, with its keys or without."""

from collections.abc import Mapping
from typing import Any

import grpc
import pulumi
import pytest
from pulumi_upkeep import Teams
from pulumi_upkeep.datadog import Provider, ProviderArgs
from pulumi_upkeep.environment import cloud_look_ups
from pulumi_upkeep.thin import wait_for

from tests.components.support import UNKNOWN, Recording, deploy

GET_USER = "datadog:index/getUser:getUser"
MEMBERSHIP = "datadog:index/teamMembership:TeamMembership"


def found(asked: Mapping[str, Any]) -> dict[str, Any]:
    assert asked == {"filter": "dev@bynomi.com", "exactMatch": True}
    return {"id": "user-1", "email": "dev@bynomi.com", "name": "Dev", "status": "Active"}


class _Error(grpc.RpcError):  # type: ignore[misc]
    """As the engine hands a provider's error on."""

    def __init__(self, said: str) -> None:
        super().__init__(said)
        self._said = said

    def code(self) -> grpc.StatusCode:
        return grpc.StatusCode.UNKNOWN

    def details(self) -> str:
        return self._said


def keyless(_: Mapping[str, Any]) -> dict[str, Any]:
    raise _Error("invocation of datadog:index/getUser:getUser returned an error: 403 Forbidden")


def missing(_: Mapping[str, Any]) -> dict[str, Any]:
    raise _Error("didn't find any user matching filter string")


def declare(answer: Any, preview: bool) -> Recording:
    def program() -> None:
        provider = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
        user = wait_for(
            cloud_look_ups.user("dev@bynomi.com", pulumi.InvokeOptions(provider=provider))
        )
        args: Any = {"teams": {"shop": {"users": {"dev": user}}}}
        Teams("teams", args, pulumi.ResourceOptions(provider=provider))

    return deploy(program, preview=preview, estate={GET_USER: answer})


def test_a_person_is_found_by_the_whole_address(preview: bool) -> None:
    assert declare(found, preview).one(MEMBERSHIP).props["userId"] == "user-1"


def test_a_preview_without_keys_does_not_know_who_that_is() -> None:
    assert declare(keyless, True).one(MEMBERSHIP).props["userId"] == UNKNOWN
    with pytest.raises(Exception, match="403 Forbidden"):
        declare(keyless, False)


def test_somebody_whom_datadog_does_not_know_is_missing(preview: bool) -> None:
    with pytest.raises(Exception, match="didn't find any user"):
        declare(missing, preview)
