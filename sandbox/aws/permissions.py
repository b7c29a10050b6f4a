"""What a role may do: calls made with the credentials of a *guarded* session are held against the
policies of its role, so that a role which has less than its work needs is found on this machine.

moto can check every call, but knows of no operation which resource it names, so that a policy with
exact ARNs would refuse everything. Here that is known of the operations in use (``_RESOURCES``); a
guarded call of another one is refused with words that say so, never let through.

Only sessions made by :meth:`Guard.session` are guarded: everybody else may do everything.
"""

import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import UnknownServiceError
from moto.backends import get_backend
from moto.core.parse import PROTOCOL_PARSERS
from moto.core.request import Request, determine_request_protocol
from moto.core.utils import get_service_model
from moto.iam.models import IAMBackend, iam_backends
from moto.sts.models import sts_backends

from sandbox.aws.traffic import Call

Parameters = Mapping[str, Any]
Statement = Mapping[str, Any]


class Refused(Exception):
    """What IAM would refuse; the message is the one that the caller reads."""


@dataclass(frozen=True)
class Session:
    """Credentials of a role for a while, as AssumeRole gives them."""

    role_arn: str
    access_key: str
    secret_key: str
    token: str

    def environment(self) -> dict[str, str]:
        """What boto3 reads them from."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key,
            "AWS_SECRET_ACCESS_KEY": self.secret_key,
            "AWS_SESSION_TOKEN": self.token,
        }


class Guard:
    """The sessions that are held to their roles' policies."""

    def __init__(self) -> None:
        self._roles: dict[str, str] = {}

    def session(self, role_arn: str, service: str, name: str, source_arn: str) -> Session:
        """A session of a role for a service of AWS (``ssm.amazonaws.com``), which its trust policy
        must let in.

        source_arn: on behalf of which resource, for conditions on ``aws:SourceArn``.
        Raises Refused.
        """
        account = role_arn.split(":")[4]
        role = _role(role_arn)
        context = {"aws:SourceAccount": account, "aws:SourceArn": source_arn}
        trust = statements_of(role.assume_role_policy_document)
        if not any(
            one["Effect"] == "Allow"
            and service in listed(one.get("Principal", {}).get("Service", ()))
            and matches("sts:AssumeRole", listed(one["Action"]))
            and conditions_hold(one, context)
            for one in trust
        ):
            raise Refused(f"{service} is not authorized to assume the role {role_arn}")
        backend: Any = sts_backends[account]["aws"]
        assumed: Any = backend.assume_role(
            region_name="us-east-1",
            role_session_name=name,
            role_arn=role_arn,
            policy="",
            duration=3600,
            external_id="",
        )
        session = Session(
            role_arn, assumed.access_key_id, assumed.secret_access_key, assumed.session_token
        )
        self._roles[session.access_key] = role_arn
        return session

    def role_of(self, access_key: str) -> str | None:
        """The role of a guarded session; None for other credentials."""
        return self._roles.get(access_key)

    def refusal(self, call: Call, environ: dict[str, Any]) -> str | None:
        """Why IAM refuses a call, in AWS's words; None where it does not. The body stays
        readable."""
        role_arn = self.role_of(access_key_of(environ))
        if role_arn is None:
            return None
        try:
            check(role_arn, call, parameters_of(call, environ))
        except Refused as refused:
            return str(refused)
        return None

    def clear(self) -> None:
        """Forget every session."""
        self._roles.clear()


# moto's state is one per process, and so is this.
GUARD = Guard()


def access_key_of(environ: Mapping[str, Any]) -> str:
    """The access key that a request is signed with."""
    authorization: str = environ.get("HTTP_AUTHORIZATION", "")
    return authorization.partition("Credential=")[2].partition("/")[0]


def check(role_arn: str, call: Call, parameters: Parameters) -> None:
    """Raises Refused unless the role's policies allow the call on everything that it names."""
    action = f"{_PREFIXES.get(call.service, call.service)}:{_action(call)}"
    if action == "sts:GetCallerIdentity":
        return
    account = role_arn.split(":")[4]
    resources = _RESOURCES.get(action)
    if resources is None:
        raise Refused(
            f"The sandbox does not know which resource {action} names: add it to "
            "sandbox/aws/permissions.py"
        )
    statements = _policies(role_arn)
    context = _CONTEXT[action](parameters) if action in _CONTEXT else {}
    for resource in resources(parameters, f"{call.region}:{account}"):
        _require(statements, action, resource, context, role_arn)


def _require(
    statements: Iterable[Statement],
    action: str,
    resource: str,
    context: Mapping[str, str],
    role_arn: str,
) -> None:
    concerned = [
        one
        for one in statements
        if matches(action, listed(one["Action"]))
        and matches(resource, listed(one["Resource"]))
        and conditions_hold(one, context)
    ]
    who = f"User: {role_arn} is not authorized to perform: {action} on resource: {resource}"
    if any(one["Effect"] == "Deny" for one in concerned):
        raise Refused(f"{who} with an explicit deny in an identity-based policy")
    if not concerned:
        raise Refused(f"{who} because no identity-based policy allows the {action} action")


def _role(role_arn: str) -> Any:
    backend: IAMBackend = iam_backends[role_arn.split(":")[4]]["aws"]
    for role in backend.roles.values():
        if role.arn == role_arn:
            return role
    raise Refused(f"The role {role_arn} does not exist")


def _policies(role_arn: str) -> list[Statement]:
    role = _role(role_arn)
    documents = [*role.policies.values(), *(one.document for one in role.managed_policies.values())]
    return [statement for document in documents for statement in statements_of(document)]


def statements_of(document: Any) -> list[Statement]:
    """The statements of a policy, as text or as an object."""
    parsed = json.loads(document) if isinstance(document, str) else document
    return listed(parsed["Statement"])


def listed(value: Any) -> list[Any]:
    """A list of what IAM writes as one or as many."""
    return list(value) if isinstance(value, (list, tuple)) else [value]


def matches(value: str, patterns: Iterable[str]) -> bool:
    """IAM's wildcards: ``*`` any characters, ``?`` one."""
    return any(
        re.fullmatch(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), value)
        for pattern in patterns
    )


def conditions_hold(statement: Statement, context: Mapping[str, str]) -> bool:
    """Whether all conditions hold; one that is not known here never does."""
    for operator, wanted in statement.get("Condition", {}).items():
        for key, values in wanted.items():
            actual = context.get(key)
            if actual is None:
                return False
            if operator in ("StringEquals", "ArnEquals"):
                if actual not in listed(values):
                    return False
            elif operator in ("StringLike", "ArnLike"):
                if not matches(actual, listed(values)):
                    return False
            else:
                return False
    return True


# ---- the request ------------------------------------------------------------------------------


def parameters_of(call: Call, environ: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a request by AWS's names; the body stays readable."""
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    copy = {**environ, "wsgi.input": io.BytesIO(body)}
    copy.pop("werkzeug.request", None)
    request = Request(copy)
    try:
        service = get_service_model(_SERVICE_MODELS.get(call.service, call.service))
        operation = service.operation_model(call.operation)
    except (UnknownServiceError, KeyError):
        return {}
    matched = _uri_parameters(call, request) if operation.http.get("requestUri", "/") != "/" else {}
    protocol = determine_request_protocol(service, request.content_type)
    parser: Any = PROTOCOL_PARSERS[protocol]
    parsed: dict[str, Any] = parser(operation).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": body,
            "url_path": request.path,
            "url_params": matched,
        }
    )
    return parsed


def _uri_parameters(call: Call, request: Request) -> Mapping[str, Any]:
    from moto.core.routing import get_service_router

    _operation, found = get_service_router(call.service).match(request)
    parameters: Mapping[str, Any] = found
    return parameters


_SERVICE_MODELS = {"monitoring": "cloudwatch", "elasticloadbalancing": "elbv2"}
# A signature names a service otherwise than its policies do.
_PREFIXES = {"monitoring": "cloudwatch"}


def _action(call: Call) -> str:
    return _ACTIONS.get((call.service, call.operation), call.operation)


# Operations that IAM knows by another name.
_ACTIONS = {
    ("lambda", "Invoke"): "InvokeFunction",
    ("s3", "HeadBucket"): "ListBucket",
    ("s3", "HeadObject"): "GetObject",
    ("s3", "ListObjectVersions"): "ListBucketVersions",
    ("s3", "ListObjectsV2"): "ListBucket",
}


# ---- which resources an operation names [Service Authorization Reference] -------------------

Resources = Callable[[Parameters, str], list[str]]


def _any(_asked: Parameters, _where: str) -> list[str]:
    """Of operations that know no resources: a policy has to say ``*``."""
    return ["*"]


def _named(service: str, kind: str, *keys: str, absent: str = "*") -> Resources:
    """``arn:aws:{service}:{region}:{account}:{kind}{value}`` of each parameter of ``keys``."""

    def resources(asked: Parameters, where: str) -> list[str]:
        values = [value for key in keys for value in listed(asked.get(key) or [])] or [absent]
        return [
            value if value.startswith("arn:") else f"arn:aws:{service}:{where}:{kind}{value}"
            for value in values
        ]

    return resources


def _given(*keys: str) -> Resources:
    """The ARNs that the parameters hold."""
    return lambda asked, _where: (
        [value for key in keys for value in listed(asked.get(key) or [])] or ["*"]
    )


def _group(asked: Parameters, where: str) -> list[str]:
    """An auto-scaling group's ARN has an id in it that only the service knows."""
    region, account = where.split(":")
    backend: Any = get_backend("autoscaling")[account][region]
    group = backend.autoscaling_groups.get(asked["AutoScalingGroupName"])
    return [group.arn if group else f"arn:aws:autoscaling:{where}:autoScalingGroup:*"]


def _secret(asked: Parameters, where: str) -> list[str]:
    """A secret's ARN ends in characters that only the service knows."""
    region, account = where.split(":")
    backend: Any = get_backend("secretsmanager")[account][region]
    name = asked["SecretId"]
    secret = backend.secrets.get(name)
    known = secret.arn if secret else f"arn:aws:secretsmanager:{where}:secret:{name}-??????"
    return [name if name.startswith("arn:") else known]


def _definition(asked: Parameters, where: str) -> list[str]:
    name = asked["DocumentName"]
    version = asked.get("DocumentVersion") or "$DEFAULT"
    return [f"arn:aws:ssm:{where}:automation-definition/{name}:{version}"]


_DATABASE = _named("rds", "db:", "DBInstanceIdentifier")
_EXECUTION = _named("ssm", "automation-execution/", "AutomationExecutionId")
_VAULT = _named("backup", "backup-vault:", "BackupVaultName")
_BACKUP_PLAN = _named("backup", "backup-plan:", "BackupPlanId")

_RESOURCES: Mapping[str, Resources] = {
    "acm:DescribeCertificate": _given("CertificateArn"),
    "autoscaling:DescribeAutoScalingGroups": _any,
    "autoscaling:DescribeInstanceRefreshes": _any,
    "autoscaling:SetDesiredCapacity": _group,
    "autoscaling:StartInstanceRefresh": _group,
    "autoscaling:UpdateAutoScalingGroup": _group,
    "backup:DescribeRecoveryPoint": _given("RecoveryPointArn"),
    "backup:DescribeRestoreJob": _any,
    "backup:GetRecoveryPointRestoreMetadata": _given("RecoveryPointArn"),
    "backup:ListRecoveryPointsByBackupVault": _VAULT,
    "backup:GetRestoreJobMetadata": _any,
    "backup:ListRestoreJobs": _any,
    "backup:ListBackupJobs": _any,
    "backup:ListCopyJobs": _any,
    "backup:GetBackupPlan": _BACKUP_PLAN,
    "backup:ListBackupPlanVersions": _BACKUP_PLAN,
    "backup:PutRestoreValidationResult": _any,
    "backup:StartRestoreJob": _given("RecoveryPointArn"),
    "cloudwatch:DescribeAlarms": _named("cloudwatch", "alarm:", "AlarmNames"),
    "cloudwatch:GetMetricData": _any,
    "cloudwatch:GetMetricStatistics": _any,
    "cloudwatch:PutMetricData": _any,
    "ec2:DescribeImages": _any,
    "ec2:DescribeInstanceTypes": _any,
    "ec2:DescribeInstances": _any,
    "ec2:DescribeLaunchTemplateVersions": _any,
    "elasticloadbalancing:DescribeRules": _any,
    "elasticloadbalancing:DescribeTargetHealth": _any,
    "elasticloadbalancing:ModifyRule": _given("RuleArn"),
    "iam:PassRole": _given("RoleArn"),
    "events:PutEvents": _named("events", "event-bus/", "EventBusName", absent="default"),
    "kms:DescribeKey": _named("kms", "key/", "KeyId"),
    "lambda:InvokeFunction": _named("lambda", "function:", "FunctionName"),
    "logs:DescribeLogGroups": lambda _asked, where: [f"arn:aws:logs:{where}:log-group:*"],
    "rds:DescribeDBInstances": _DATABASE,
    "rds:DescribeDBSnapshots": _named("rds", "snapshot:", "DBSnapshotIdentifier"),
    "rds:ModifyDBInstance": _DATABASE,
    "rds:PromoteReadReplica": _DATABASE,
    "rds:RebootDBInstance": _DATABASE,
    "rds:StartDBInstance": _DATABASE,
    "rds:StopDBInstance": _DATABASE,
    "s3:GetObject": lambda asked, _where: [f"arn:aws:s3:::{asked['Bucket']}/{asked['Key']}"],
    "s3:ListBucket": lambda asked, _where: [f"arn:aws:s3:::{asked['Bucket']}"],
    "s3:ListBucketVersions": lambda asked, _where: [f"arn:aws:s3:::{asked['Bucket']}"],
    "s3:PutObject": lambda asked, _where: [f"arn:aws:s3:::{asked['Bucket']}/{asked['Key']}"],
    "secretsmanager:DescribeSecret": _secret,
    "secretsmanager:GetSecretValue": _secret,
    "servicequotas:GetServiceQuota": _any,
    "sns:Publish": _given("TopicArn"),
    "ecr:DescribeImages": _any,
    "ecr:DescribeRepositories": _any,
    "ecr:StartImageScan": _any,
    "inspector2:ListCoverage": _any,
    "inspector2:ListFindingAggregations": _any,
    "ssm:CreateOpsItem": _any,
    "ssm:DescribeInstancePatchStates": _any,
    "ssm:ListCommands": _any,
    "ssm:DescribeOpsItems": _any,
    "ssm:UpdateOpsItem": _named("ssm", "opsitem/", "OpsItemId"),
    "ssm:DescribeDocument": _named("ssm", "document/", "Name"),
    "ssm:GetAutomationExecution": _EXECUTION,
    "ssm:GetParameter": lambda asked, where: [
        f"arn:aws:ssm:{where}:parameter/{asked['Name'].lstrip('/')}"
    ],
    "ssm:PutParameter": lambda asked, where: [
        f"arn:aws:ssm:{where}:parameter/{asked['Name'].lstrip('/')}"
    ],
    "ssm:StartAutomationExecution": _definition,
    "ssm:StopAutomationExecution": _EXECUTION,
}

# What conditions may ask about.
_CONTEXT: Mapping[str, Callable[[Parameters], Mapping[str, str]]] = {
    "cloudwatch:PutMetricData": lambda asked: {"cloudwatch:namespace": asked["Namespace"]},
    "iam:PassRole": lambda asked: {"iam:PassedToService": asked["Service"]},
}
