"""Systems Manager: parameters, documents, and associations of documents with servers."""

from __future__ import annotations

from sandbox.providers.aws.api import Api, found, only
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, plain
from sandbox.providers.aws.tagging import Tagging, by_id, tagging
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


_DOCUMENT: Shape = (
    *plain("name", "documentType"),
    Prop("documentFormat", default="JSON"),
    Prop("content", json=True),
    *plain("targetType", "versionName"),
)


def _create_document(api: Api, request: Document, inputs: Properties) -> str:
    return str(api("ssm").create_document(**request)["DocumentDescription"]["Name"])


def _describe_document(api: Api, name: str, known: Properties) -> Document | None:
    answer = found(api("ssm").describe_document, Name=name)
    if answer is None:
        return None
    # In the format that was declared: the API writes JSON unless it is asked otherwise.
    shown = str(known.get("documentFormat") or "JSON")
    content = api("ssm").get_document(Name=name, DocumentFormat=shown)
    return {
        **answer["Document"],
        "DocumentFormat": shown,
        "Content": content["Content"],
        "Arn": api.arn("ssm", f"document/{name}"),
        "CreatedDate": answer["Document"]["CreatedDate"].isoformat(),
    }


def _update_document(api: Api, name: str, request: Document, change: Change) -> None:
    """New content is a new version, and the one that runs from then on."""
    wanted = {"Content", "DocumentFormat", "Name", "TargetType", "VersionName"}
    answer = api("ssm").update_document(
        **{key: value for key, value in request.items() if key in wanted},
        DocumentVersion="$LATEST",
    )
    api("ssm").update_document_default_version(
        Name=name, DocumentVersion=answer["DocumentDescription"]["DocumentVersion"]
    )


def _tagging(kind: str) -> Tagging:
    return tagging(
        "ssm",
        argument="ResourceId",
        reference=by_id,
        add="add_tags_to_resource",
        remove="remove_tags_from_resource",
        answer="TagList",
        ResourceType=kind,
    )


SSM = (
    Resource(
        token=token("ssm", "Document"),
        service="ssm",
        shape=_DOCUMENT,
        name=Name(longest=128),
        tagging=_tagging("Document"),
        create=_create_document,
        describe=_describe_document,
        update=_update_document,
        delete=lambda api, name, known: api("ssm").delete_document(Name=name),
        outputs={
            "arn": "Arn",
            "createdDate": "CreatedDate",
            "defaultVersion": "DefaultVersion",
            "documentVersion": "DocumentVersion",
            "hash": "Hash",
            "latestVersion": "LatestVersion",
            "owner": "Owner",
            "schemaVersion": "SchemaVersion",
            "status": "Status",
        },
        unknown_after={
            key: frozenset({"content"})
            for key in ("defaultVersion", "documentVersion", "hash", "latestVersion")
        },
        forces_replacement=frozenset({"name", "documentType"}),
    ),
    Resource(
        token=token("ssm", "Parameter"),
        service="ssm",
        shape=_PARAMETER,
        name=Name(longest=2048),
        tagging=_tagging("Parameter"),
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
        tagging=_tagging("Association"),
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
