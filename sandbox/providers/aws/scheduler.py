"""EventBridge Scheduler: schedules."""

from __future__ import annotations

from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.resource import Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, plain
from sandbox.providers.cloud import Properties

DEFAULT_GROUP = "default"
# What the service takes for a target that says nothing of retries.
_RETRIES = {"maximumEventAgeInSeconds": 86_400, "maximumRetryAttempts": 185}

_SCHEDULE: Shape = (
    *plain("name", "description", "scheduleExpression", "kmsKeyArn", "startDate", "endDate"),
    Prop("groupName", default=DEFAULT_GROUP, default_sent=True),
    Prop("scheduleExpressionTimezone", default="UTC", default_sent=True),
    Prop("state", default="ENABLED", default_sent=True),
    Prop("flexibleTimeWindow", shape=plain("mode", "maximumWindowInMinutes")),
    Prop(
        "target",
        shape=(
            *plain("arn", "roleArn", "input"),
            Prop("deadLetterConfig", shape=plain("arn")),
            Prop(
                "retryPolicy",
                shape=tuple(Prop(name, default=most) for name, most in _RETRIES.items()),
                computed=True,
            ),
        ),
    ),
)


def _split(id_: str) -> Document:
    """``default/hourly`` -> its group and name."""
    group, _, name = id_.rpartition("/")
    return {"GroupName": group or DEFAULT_GROUP, "Name": name}


def _id(inputs: Properties) -> str:
    return f"{inputs.get('groupName') or DEFAULT_GROUP}/{inputs['name']}"


def _create(api: Api, request: Document, inputs: Properties) -> str:
    api("scheduler").create_schedule(**request)
    return _id(inputs)


SCHEDULER = (
    Resource(
        token=token("scheduler", "Schedule"),
        service="scheduler",
        shape=_SCHEDULE,
        name=Name(longest=64),
        create=_create,
        describe=lambda api, id_, known: found(api("scheduler").get_schedule, **_split(id_)),
        # The whole schedule: what is not sent is gone.
        update=lambda api, id_, request, change: api("scheduler").update_schedule(**request),
        delete=lambda api, id_, known: api("scheduler").delete_schedule(**_split(id_)),
        identify=lambda api, inputs: _id(inputs),
        outputs={"arn": "Arn"},
        place=("groupName", "name"),
        forces_replacement=frozenset({"name", "groupName"}),
    ),
)
