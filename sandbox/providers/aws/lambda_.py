"""Functions, their permissions and their asynchronous invocations."""

from __future__ import annotations

import json
import time

from botocore.exceptions import ClientError

from sandbox.providers.archives import digest, zipped
from sandbox.providers.aws.api import Api, found
from sandbox.providers.aws.resource import Change, Document, Name, Resource, token
from sandbox.providers.aws.shape import Prop, Shape, plain
from sandbox.providers.aws.tagging import tagging
from sandbox.providers.cloud import Properties

# A role that was just made is not known everywhere at once; the provider tries again, too.
_TRIES, _PAUSE_SECONDS = 5, 0.5
NO_LIMIT = -1

_FUNCTION: Shape = (
    *plain("role", "runtime", "handler", name="FunctionName"),
    *plain("description", kmsKeyArn="KMSKeyArn"),
    Prop("architectures", default=["x86_64"]),
    Prop("memorySize", default=128),
    Prop("timeout", default=3),
    Prop("packageType", default="Zip"),
    Prop("environment", shape=(Prop("variables"),)),
    Prop("tracingConfig", shape=(Prop("mode", default="PassThrough"),), computed=True),
    Prop("ephemeralStorage", shape=(Prop("size", default=512),), computed=True),
    Prop("deadLetterConfig", shape=plain("targetArn")),
    Prop(
        "vpcConfig",
        shape=(
            Prop("securityGroupIds", unordered=True),
            Prop("subnetIds", unordered=True),
        ),
    ),
    # Calls of their own carry these.
    Prop("code", sent=False, plain=digest),
    Prop("reservedConcurrentExecutions", default=NO_LIMIT, sent=False),
)
_CONFIGURATION = frozenset(
    {
        "DeadLetterConfig",
        "Description",
        "Environment",
        "EphemeralStorage",
        "Handler",
        "KMSKeyArn",
        "MemorySize",
        "Role",
        "Runtime",
        "Timeout",
        "TracingConfig",
        "VpcConfig",
    }
)


def _create_function(api: Api, request: Document, inputs: Properties) -> str:
    request = {**request, "Code": {"ZipFile": zipped(inputs["code"])}}
    for attempt in range(1, _TRIES + 1):
        try:
            answer = api("lambda").create_function(**request)
        except ClientError as fault:
            if attempt == _TRIES or "cannot be assumed by Lambda" not in str(fault):
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return str(answer["FunctionName"])
    raise AssertionError("the last attempt returned or raised")


def _limit(api: Api, name: str, inputs: Properties) -> None:
    most = inputs.get("reservedConcurrentExecutions", NO_LIMIT)
    if most is None or most == NO_LIMIT:
        api("lambda").delete_function_concurrency(FunctionName=name)
    else:
        api("lambda").put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=most)


def _finish_function(api: Api, name: str, inputs: Properties) -> None:
    if inputs.get("reservedConcurrentExecutions", NO_LIMIT) not in (None, NO_LIMIT):
        _limit(api, name, inputs)


def _describe_function(api: Api, name: str, known: Properties) -> Document | None:
    answer = found(api("lambda").get_function, FunctionName=name)
    if answer is None:
        return None
    document: Document = dict(answer["Configuration"])
    vpc = document.get("VpcConfig") or {}
    if not vpc.get("SubnetIds"):
        document.pop("VpcConfig", None)
    limit = (answer.get("Concurrency") or {}).get("ReservedConcurrentExecutions")
    if limit is None:
        limit = (
            api("lambda")
            .get_function_concurrency(FunctionName=name)
            .get("ReservedConcurrentExecutions")
        )
    document["ReservedConcurrentExecutions"] = NO_LIMIT if limit is None else int(limit)
    return document


def _update_function(api: Api, name: str, request: Document, change: Change) -> None:
    if change.of("code", "architectures"):
        api("lambda").update_function_code(
            FunctionName=name,
            ZipFile=zipped(change.inputs["code"]),
            Architectures=change.inputs.get("architectures") or ["x86_64"],
        )
    if change.properties - {"code", "architectures", "reservedConcurrentExecutions"}:
        settings = {key: value for key, value in request.items() if key in _CONFIGURATION}
        # What is no longer declared is sent empty: what is not sent stays.
        settings.setdefault("Environment", {"Variables": {}})
        settings.setdefault("Description", "")
        settings.setdefault("KMSKeyArn", "")
        settings.setdefault("VpcConfig", {"SubnetIds": [], "SecurityGroupIds": []})
        api("lambda").update_function_configuration(FunctionName=name, **settings)
    if change.of("reservedConcurrentExecutions"):
        _limit(api, name, change.inputs)


_PERMISSION: Shape = (
    *plain("action", "principal", function="FunctionName"),
    *plain("sourceAccount", "sourceArn"),
    Prop("statementId"),
)


def _add_permission(api: Api, request: Document, inputs: Properties) -> str:
    api("lambda").add_permission(**request)
    return str(request["StatementId"])


def _function_name(reference: str) -> str:
    """A function's name, from its name or its ARN."""
    return reference.rpartition(":function:")[2]


def _describe_permission(api: Api, id_: str, known: Properties) -> Document | None:
    function, statement_id = known.get("function"), id_
    if function is None:  # an import: `function/statement`
        function, _, statement_id = id_.partition("/")
    answer = found(api("lambda").get_policy, FunctionName=function)
    if answer is None:
        return None
    for statement in json.loads(answer["Policy"])["Statement"]:
        if statement["Sid"] != statement_id:
            continue
        principal = statement["Principal"]
        conditions = statement.get("Condition", {})
        return {
            "StatementId": statement_id,
            "FunctionName": function,
            "Action": statement["Action"],
            "Principal": principal["Service"] if isinstance(principal, dict) else principal,
            "SourceArn": conditions.get("ArnLike", {}).get("AWS:SourceArn"),
            "SourceAccount": conditions.get("StringEquals", {}).get("AWS:SourceAccount"),
        }
    return None


_RESULTS: Shape = (
    *plain("functionName", "maximumEventAgeInSeconds", "qualifier"),
    Prop("maximumRetryAttempts", default=2),
    Prop(
        "destinationConfig",
        shape=(
            Prop("onFailure", shape=plain("destination")),
            Prop("onSuccess", shape=plain("destination")),
        ),
    ),
)


def _put_results(api: Api, request: Document, inputs: Properties) -> str:
    api("lambda").put_function_event_invoke_config(**request)
    return str(inputs["functionName"])


def _describe_results(api: Api, id_: str, known: Properties) -> Document | None:
    answer = found(api("lambda").get_function_event_invoke_config, FunctionName=id_)
    if answer is None:
        return None
    told = answer.get("DestinationConfig") or {}
    destinations = {name: where for name, where in told.items() if where.get("Destination")}
    return {**answer, "FunctionName": id_, "DestinationConfig": destinations or None}


LAMBDA = (
    Resource(
        token=token("lambda", "Function"),
        service="lambda",
        shape=_FUNCTION,
        name=Name(longest=64),
        tagging=tagging(
            "lambda",
            argument="Resource",
            mapping=True,
            read="list_tags",
        ),
        create=_create_function,
        finish=_finish_function,
        describe=_describe_function,
        update=_update_function,
        delete=lambda api, name, known: api("lambda").delete_function(FunctionName=name),
        outputs={
            "arn": "FunctionArn",
            "codeSha256": "CodeSha256",
            "lastModified": "LastModified",
            "version": "Version",
            "invokeArn": lambda api, name, it: (
                f"arn:aws:apigateway:{api.region}:lambda:path/2015-03-31/functions/"
                f"{it['FunctionArn']}/invocations"
            ),
        },
        unknown_after={
            "codeSha256": frozenset({"code"}),
            "lastModified": frozenset({"*"}),
        },
        forces_replacement=frozenset({"name", "packageType"}),
    ),
    Resource(
        token=token("lambda", "Permission"),
        service="lambda",
        shape=_PERMISSION,
        name=Name("statementId", longest=100),
        create=_add_permission,
        describe=_describe_permission,
        delete=lambda api, id_, known: api("lambda").remove_permission(
            FunctionName=_function_name(known["function"]), StatementId=id_
        ),
        place=("function", "statementId"),
        forces_replacement=frozenset(
            {"action", "principal", "function", "sourceAccount", "sourceArn", "statementId"}
        ),
    ),
    Resource(
        token=token("lambda", "FunctionEventInvokeConfig"),
        service="lambda",
        shape=_RESULTS,
        create=_put_results,
        describe=_describe_results,
        update=lambda api, id_, request, change: _put_results(api, request, change.inputs),
        delete=lambda api, id_, known: api("lambda").delete_function_event_invoke_config(
            FunctionName=id_
        ),
        identify=lambda api, inputs: inputs["functionName"],
        place=("functionName",),
        forces_replacement=frozenset({"functionName", "qualifier"}),
    ),
)
