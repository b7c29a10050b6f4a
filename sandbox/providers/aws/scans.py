"""Amazon Inspector, and how a registry of ECR scans images."""

from __future__ import annotations

from sandbox.providers.aws.api import Api
from sandbox.providers.aws.resource import Change, Document, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, plain, unordered
from sandbox.providers.cloud import Properties

_STATES = {"EC2": "ec2", "ECR": "ecr", "LAMBDA": "lambda", "LAMBDA_CODE": "lambdaCode"}


# The API's names begin with a small letter here.
_ENABLER: Shape = unordered(accountIds="accountIds", resourceTypes="resourceTypes")


def _enabled_id(inputs: Properties) -> str:
    """As the provider makes it: ``123456789012-EC2:ECR``."""
    accounts, kinds = sorted(inputs["accountIds"]), sorted(inputs["resourceTypes"])
    return f"{':'.join(accounts)}-{':'.join(kinds)}"


def _enable(api: Api, request: Document, inputs: Properties) -> str:
    api("inspector2").enable(**request)
    return _enabled_id(inputs)


def _describe_enabled(api: Api, id_: str, known: Properties) -> Document | None:
    accounts = id_.partition("-")[0].split(":")
    answer = api("inspector2").batch_get_account_status(accountIds=accounts)["accounts"]
    if not answer:
        return None
    state = answer[0]["resourceState"]
    kinds = [kind for kind, key in _STATES.items() if state[key]["status"] == "ENABLED"]
    return {"accountIds": accounts, "resourceTypes": kinds} if kinds else None


def _change_enabled(api: Api, id_: str, request: Document, change: Change) -> None:
    before = set(change.old_inputs["resourceTypes"])
    wanted = set(request["resourceTypes"])
    accounts = request["accountIds"]
    if wanted - before:
        api("inspector2").enable(accountIds=accounts, resourceTypes=sorted(wanted - before))
    if before - wanted:
        api("inspector2").disable(accountIds=accounts, resourceTypes=sorted(before - wanted))


def _disable(api: Api, id_: str, known: Properties) -> None:
    api("inspector2").disable(accountIds=known["accountIds"], resourceTypes=known["resourceTypes"])


_SCANNING: Shape = (
    Prop("scanType", "scanType"),
    Prop(
        "rules",
        "rules",
        many=True,
        unordered=True,
        shape=(
            Prop("scanFrequency", "scanFrequency"),
            Prop(
                "repositoryFilters",
                "repositoryFilters",
                many=True,
                unordered=True,
                shape=plain(filter="filter", filterType="filterType"),
            ),
        ),
    ),
)


def _put_scanning(api: Api, request: Document, inputs: Properties) -> str:
    api("ecr").put_registry_scanning_configuration(**{"rules": [], **request})
    return api.account


def _describe_scanning(api: Api, id_: str, known: Properties) -> Document | None:
    told = api("ecr").get_registry_scanning_configuration()["scanningConfiguration"]
    # What AWS begins with counts as none.
    begins_with = told["scanType"] == "BASIC" and not told["rules"]
    return None if begins_with else {**told, "registryId": id_}


def _reset_scanning(api: Api, id_: str, known: Properties) -> None:
    # A registry always has one: the provider puts back what AWS began with.
    api("ecr").put_registry_scanning_configuration(scanType="BASIC", rules=[])


SCANS = (
    Resource(
        token=token("inspector2", "Enabler"),
        service="inspector2",
        shape=_ENABLER,
        create=_enable,
        describe=_describe_enabled,
        update=_change_enabled,
        delete=_disable,
        identify=lambda api, inputs: _enabled_id(inputs),
        place=("accountIds",),
        forces_replacement=frozenset({"accountIds"}),
    ),
    Resource(
        token=token("ecr", "RegistryScanningConfiguration"),
        service="ecr",
        shape=_SCANNING,
        create=_put_scanning,
        describe=_describe_scanning,
        update=lambda api, id_, request, change: _put_scanning(api, request, change.inputs),
        delete=_reset_scanning,
        identify=lambda api, inputs: api.account,
        outputs={"registryId": "registryId"},
        place=("scanType",),
    ),
)
