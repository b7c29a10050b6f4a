"""Systems Manager: maintenance windows. What is done in them stands in ``patches``."""

from __future__ import annotations

from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, plain
from sandbox.providers.aws.tagging import by_id, tagging
from sandbox.providers.cloud import Properties

_WINDOW: Shape = (
    *plain("name", "description", "schedule", "scheduleTimezone", "scheduleOffset"),
    *plain("startDate", "endDate", "duration", "cutoff"),
    Prop("allowUnassociatedTargets", default=False, default_sent=True),
    # A window is made enabled; the provider changes it afterwards.
    Prop("enabled", default=True, sent=False),
)


def _create(api: Api, request: Document, inputs: Properties) -> str:
    return str(api("ssm").create_maintenance_window(**request)["WindowId"])


def _finish(api: Api, id_: str, inputs: Properties) -> None:
    if inputs.get("enabled") is False:
        api("ssm").update_maintenance_window(WindowId=id_, Enabled=False)


def _describe(api: Api, id_: str, known: Properties) -> Document | None:
    answer: Document | None = found(api("ssm").get_maintenance_window, WindowId=id_)
    return answer


def _update(api: Api, id_: str, request: Document, change: Change) -> None:
    # As the provider does: what is not sent is gone.
    sent = {key: value for key, value in request.items() if key != "Tags"}
    enabled = change.inputs.get("enabled", True)
    api("ssm").update_maintenance_window(WindowId=id_, Replace=True, Enabled=enabled, **sent)


def _identify(api: Api, inputs: Properties) -> str | None:
    """By its name, which AWS does not keep unique."""
    wanted = [{"Key": "Name", "Values": [inputs["name"]]}]
    for each in api("ssm").describe_maintenance_windows(Filters=wanted)["WindowIdentities"]:
        return str(each["WindowId"])
    return None


MAINTENANCE_WINDOWS = (
    Resource(
        token=token("ssm", "MaintenanceWindow"),
        service="ssm",
        shape=_WINDOW,
        name=Name(longest=128),
        tagging=tagging(
            "ssm",
            argument="ResourceId",
            reference=by_id,
            add="add_tags_to_resource",
            remove="remove_tags_from_resource",
            answer="TagList",
            ResourceType="MaintenanceWindow",
        ),
        create=_create,
        finish=_finish,
        describe=_describe,
        update=_update,
        delete=lambda api, id_, known: api("ssm").delete_maintenance_window(WindowId=id_),
        identify=_identify,
    ),
)
