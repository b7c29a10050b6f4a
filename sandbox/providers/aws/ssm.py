"""Systems Manager: parameters, and associations of documents with servers."""

from __future__ import annotations

from sandbox.providers.aws.api import Api, found, only
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, plain
from sandbox.providers.aws.tagging import by_id, tagging
from sandbox.providers.cloud import Properties

_PARAMETER: Shape = (
    *plain("name", "type", "description", "allowedPattern"),
    Prop("keyId", computed=True),
    Prop("tier", computed=True),
    Prop("dataType", computed=True),
    # One of the two; the second shows in previews, the first is a secret.
    Prop("value", computed=True, sent=False),
    Prop("insecureValue", computed=True, sent=False),
)


def _put_parameter(api: Api, request: Document, inputs: Properties, overwrite: bool) -> str:
    value = inputs.get("value", inputs.get("insecureValue"))
    api("ssm").put_parameter(**request, Value=value, Overwrite=overwrite)
    return str(request["Name"])


def _describe_parameter(api: Api, name: str, known: Properties) -> Document | None:
    answer = found(api("ssm").get_parameter, Name=name, WithDecryption=True)
    if answer is None:
        return None
    listed = api("ssm").describe_parameters(
        ParameterFilters=[{"Key": "Name", "Option": "Equals", "Values": [name]}]
    )
    document = {**(only(listed["Parameters"]) or {}), **answer["Parameter"]}
    if "insecureValue" in known:
        document["InsecureValue"] = document["Value"]
    return document


def _update_parameter(api: Api, name: str, request: Document, change: Change) -> None:
    _put_parameter(api, request, change.inputs, overwrite=True)


_OUTPUT = {
    "s3BucketName": "OutputS3BucketName",
    "s3KeyPrefix": "OutputS3KeyPrefix",
    "s3Region": "OutputS3Region",
}
_ASSOCIATION: Shape = (
    *plain(
        "name",
        "associationName",
        "automationTargetParameterName",
        "calendarNames",
        "complianceSeverity",
        "documentVersion",
        "maxConcurrency",
        "maxErrors",
        "scheduleExpression",
        "syncCompliance",
    ),
    Prop("applyOnlyAtCronInterval", default=False),
    Prop("targets", shape=plain("key", "values"), many=True),
    Prop(
        "parameters",
        to=lambda parameters: {name: [value] for name, value in parameters.items()},
        back=lambda parameters: {name: ",".join(values) for name, values in parameters.items()},
    ),
    Prop(
        "outputLocation",
        to=lambda where: {
            "S3Location": {key: where[name] for name, key in _OUTPUT.items() if where.get(name)}
        },
        back=lambda where: {
            name: where["S3Location"][key]
            for name, key in _OUTPUT.items()
            if where["S3Location"].get(key)
        },
    ),
)


def _create_association(api: Api, request: Document, inputs: Properties) -> str:
    answer = api("ssm").create_association(**request)
    return str(answer["AssociationDescription"]["AssociationId"])


def _describe_association(api: Api, id_: str, known: Properties) -> Document | None:
    answer = found(api("ssm").describe_association, AssociationId=id_)
    if answer is None:
        return None
    return {**answer["AssociationDescription"], "Arn": api.arn("ssm", f"association/{id_}")}


def _update_association(api: Api, id_: str, request: Document, change: Change) -> None:
    request.pop("Tags", None)
    api("ssm").update_association(AssociationId=id_, **request)


def _identify_association(api: Api, inputs: Properties) -> str | None:
    """By its name, which AWS does not keep unique, and its document."""
    for page in api("ssm").get_paginator("list_associations").paginate():
        for item in page["Associations"]:
            same_name = item.get("AssociationName") == inputs.get("associationName")
            if same_name and item["Name"] == inputs.get("name"):
                return str(item["AssociationId"])
    return None


SSM = (
    Resource(
        token=token("ssm", "Parameter"),
        service="ssm",
        shape=_PARAMETER,
        name=Name(longest=2048),
        tagging=tagging(
            "ssm",
            argument="ResourceId",
            reference=by_id,
            add="add_tags_to_resource",
            remove="remove_tags_from_resource",
            answer="TagList",
            ResourceType="Parameter",
        ),
        create=lambda api, request, inputs: _put_parameter(
            api, request, inputs, bool(inputs.get("overwrite"))
        ),
        describe=_describe_parameter,
        update=_update_parameter,
        delete=lambda api, name, known: api("ssm").delete_parameter(Name=name),
        outputs={"arn": "ARN", "version": "Version"},
        unknown_after={"version": frozenset({"*"})},
        provider_only=frozenset({"overwrite"}),
        forces_replacement=frozenset({"name", "dataType"}),
    ),
    Resource(
        token=token("ssm", "Association"),
        service="ssm",
        shape=_ASSOCIATION,
        tagging=tagging(
            "ssm",
            argument="ResourceId",
            reference=by_id,
            add="add_tags_to_resource",
            remove="remove_tags_from_resource",
            answer="TagList",
            ResourceType="Association",
        ),
        create=_create_association,
        describe=_describe_association,
        update=_update_association,
        delete=lambda api, id_, known: api("ssm").delete_association(AssociationId=id_),
        identify=_identify_association,
        outputs={"associationId": "AssociationId", "arn": "Arn"},
        provider_only=frozenset({"waitForSuccessTimeoutSeconds"}),
        forces_replacement=frozenset({"name"}),
    ),
)
