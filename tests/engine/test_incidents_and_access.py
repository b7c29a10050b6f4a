"""An incident without its review is owed and rings; roles may do what they say; break-glass is
heard. As boto3, IAM's simulator and Datadog's own client see it."""

# mypy: disable-error-code="no-untyped-call"
import json
import textwrap
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from datadog_api_client.v2.api.restriction_policies_api import RestrictionPoliciesApi
from datadog_api_client.v2.api.roles_api import RolesApi
from datadog_api_client.v2.model.incident_create_attributes import IncidentCreateAttributes
from datadog_api_client.v2.model.incident_create_data import IncidentCreateData
from datadog_api_client.v2.model.incident_create_request import IncidentCreateRequest
from datadog_api_client.v2.model.incident_field_attributes_single_value import (
    IncidentFieldAttributesSingleValue,
)
from datadog_api_client.v2.model.incident_field_attributes_single_value_type import (
    IncidentFieldAttributesSingleValueType,
)
from datadog_api_client.v2.model.incident_type import IncidentType

from sandbox.datadog.users import EMAILS, id_of
from sandbox.server import Addresses
from tests.datadog_client import client as datadog_client
from tests.datadog_client import incidents_api
from tests.engine.conftest import MakeProject, MakePulumi, client

REGION = "us-west-2"
ACCOUNT = "123456789012"
VAULT = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:tiny-prod-database"
PROGRAM = f'USER = "{id_of(EMAILS[0])}"\n' + textwrap.dedent("""
    import pulumi
    from pulumi_upkeep import (
        Access, AlertRoutes, BreakGlassWatch, DatadogAccess, IncidentResponse, aws, datadog
    )

    west = aws.Provider("west", aws.ProviderArgs(region="us-west-2"))
    dog = datadog.Provider("datadog", datadog.ProviderArgs(api_key="key", app_key="key"))
    opts = pulumi.ResourceOptions(provider=west)
    both = pulumi.ResourceOptions(providers=[west, dog])
    severities = ("p0", "p1", "p2", "p3")
    routes = AlertRoutes(
        "alerts",
        {
            "account": "123456789012",
            "severities": {each: {"email": [f"{each}@bynomi.com"]} for each in severities},
        },
        opts,
    )
    step = {"does": "Something", "by": "operations"}
    incidents = IncidentResponse(
        "incidents",
        {
            "title": "Bynomi prod",
            "severities": {
                each: {"means": each, "respond_within": "1 hour"} for each in severities
            },
            "handles": routes.handles(),
            "commander": "operations",
            "roles": {"communications": {"means": "Tells customers", "by": "support"}},
            "process": {
                **{each: step for each in ("detect", "classify", "investigate", "resolve")},
                **{each: {**step, "within": "5 days"} for each in ("review", "document")},
            },
            "review": {"asks": [{"about": "root cause", "question": "What caused it?"}]},
            "credentials": "bynomi-datadog",
            "topics": routes.alert_topics(),
            "runbooks": "https://runbooks.example.com",
        },
        both,
    )
    roles = {
        "reader": {
            "means": "All", "teams": ["shop"], "may": {"see": ["dashboards", "monitors"]}
        },
        "operator": {
            "means": "Operators",
            "teams": ["operations"],
            "may": {"see": ["monitors", "runbooks", "backups"], "run": ["runbooks", "backups"]},
        },
    }
    access = Access(
        "access",
        {
            "roles": roles,
            "break_glass": {"teams": ["operations"], "severity": "p0"},
            "watched_in": ["us-west-2"],
            "documents": ["tiny-prod-database-failure"],
            "vaults": ["arn:aws:backup:us-west-2:123456789012:backup-vault:tiny-prod-database"],
        },
        opts,
    )
    BreakGlassWatch(
        "break-glass",
        {
            "role": access.role_arns.apply(lambda arns: arns["break-glass"]),
            "severity": "p0",
            "topics": routes.alert_topics(),
            "runbooks": "https://runbooks.example.com",
        },
        opts,
    )
    board = datadog.DashboardJson(
        "board",
        datadog.DashboardJsonArgs(
            dashboard='{"title": "Board", "layout_type": "ordered", "widgets": []}'
        ),
        pulumi.ResourceOptions(provider=dog),
    )
    found = DatadogAccess(
        "datadog-access",
        {
            "roles": {
                name: {"may": role["may"], "users": {"devops": USER}}
                for name, role in roles.items()
            },
            "dashboards": {"board": board.id},
        },
        pulumi.ResourceOptions(provider=dog),
    )
    pulumi.export("topics", routes.topics)
    pulumi.export("type", incidents.incident_type)
    pulumi.export("reviews", incidents.reviews_function)
    pulumi.export("roles", access.role_arns)
    pulumi.export("datadog_roles", found.roles)
    pulumi.export("board", board.id)
""")


def _single(value: str) -> IncidentFieldAttributesSingleValue:
    kind = IncidentFieldAttributesSingleValueType.DROPDOWN
    return IncidentFieldAttributesSingleValue(type=kind, value=value)


def _planted(addresses: Addresses, type_: str, title: str, severity: str, days: float) -> str:
    """An incident that was resolved so many days ago, declared by Datadog's own client."""
    with datadog_client(addresses.dd_api_url) as api:
        attributes = IncidentCreateAttributes(
            title=title,
            customer_impacted=True,
            customer_impact_scope="everybody",
            incident_type_uuid=type_,
            fields={"state": _single("resolved"), "severity": _single(severity)},
        )
        data = IncidentCreateData(type=IncidentType.INCIDENTS, attributes=attributes)
        made = incidents_api(api).create_incident(IncidentCreateRequest(data=data))
    id_ = str(made.data.id)
    resolved = (datetime.now(UTC) - timedelta(days=days)).isoformat()
    requests.post(
        f"{addresses.dd_api_url}/_upkeep/incidents/{id_}", json={"resolved": resolved}, timeout=10
    ).raise_for_status()
    return id_


def _alarm(addresses: Addresses) -> str:
    requests.post(f"{addresses.aws_endpoint_url}/_upkeep/alarms", timeout=30).raise_for_status()
    found = client(addresses, "cloudwatch", REGION).describe_alarms()["MetricAlarms"]
    (state,) = [e["StateValue"] for e in found if e["AlarmName"].endswith("review-owed")]
    return str(state)


def _open_items(addresses: Addresses) -> list[str]:
    filters = [{"Key": "Status", "Values": ["Open"], "Operator": "Equal"}]
    found = client(addresses, "ssm", REGION).describe_ops_items(OpsItemFilters=filters)
    return [each["Title"] for each in found["OpsItemSummaries"]]


def _heard(addresses: Addresses, queue: str) -> list[str]:
    sqs = client(addresses, "sqs", REGION)
    got = sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    for each in got:
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=each["ReceiptHandle"])
    return [json.loads(each["Body"])["Message"] for each in got]


def _queue(addresses: Addresses, topic: str) -> str:
    sqs = client(addresses, "sqs", REGION)
    url: str = sqs.create_queue(QueueName=topic.rpartition(":")[2])["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]
    client(addresses, "sns", REGION).subscribe(
        TopicArn=topic, Protocol="sqs", Endpoint=arn["QueueArn"]
    )
    return url


def test_incidents_and_access_live(
    project: MakeProject, pulumi: MakePulumi, own_sandbox: Addresses
) -> None:
    keys = json.dumps({"api_key": "key", "app_key": "key"})
    client(own_sandbox, "secretsmanager", REGION).create_secret(
        Name="bynomi-datadog", SecretString=keys
    )
    stack = pulumi(project(PROGRAM), own_sandbox)
    stack.run("stack", "init", "prod")
    stack.run("up", "--yes", "--skip-preview", "--stack", "prod")
    out = json.loads(stack.run("stack", "output", "--json", "--stack", "prod").stdout)
    queues = {each: _queue(own_sandbox, out["topics"][each]) for each in ("p0", "p2")}

    _reviews_are_owed_until_they_are_written(own_sandbox, out, queues["p2"])
    _roles_may_do_what_they_say(own_sandbox, out["roles"])
    _break_glass_is_heard(own_sandbox, out["roles"]["break-glass"], queues["p0"])
    _datadog_has_the_roles(own_sandbox, out)

    # Nothing of this drifts.
    stack.run("preview", "--expect-no-changes", "--stack", "prod")


def _reviews_are_owed_until_they_are_written(
    addresses: Addresses, out: dict[str, Any], queue: str
) -> None:
    functions = client(addresses, "lambda", REGION)

    def look() -> Any:
        answer = functions.invoke(FunctionName=out["reviews"], Payload="{}")
        assert "FunctionError" not in answer, answer["Payload"].read()
        return json.loads(answer["Payload"].read())

    assert look() == {"owed": [], "reviewed": 0}
    assert _alarm(addresses) == "OK"

    _heard(addresses, queue)  # that all is well, at first
    grave = _planted(addresses, out["type"], "Checkout is down", "SEV-1", 6)
    _planted(addresses, out["type"], "A button is grey", "SEV-3", 6)
    fresh = _planted(addresses, out["type"], "Images are slow", "SEV-2", 1)
    owed = look()["owed"]
    assert [(each["title"], each["severity"], each["overdue"]) for each in owed] == [
        ("Checkout is down", "p0", True),
        ("Images are slow", "p1", False),
    ]
    assert sorted(_open_items(addresses)) == [
        "tiny-prod: review owed: P0 #1 Checkout is down",
        "tiny-prod: review owed: P1 #3 Images are slow",
    ]
    assert _alarm(addresses) == "ALARM"
    (told,) = _heard(addresses, queue)
    assert "an incident was resolved more than 5 days ago and has no review" in told

    for id_ in (grave, fresh):
        attributes = {"title": "Review", "content": "# Root cause"}
        body: Any = {"data": {"type": "incident_attachments", "attributes": attributes}}
        requests.post(
            f"{addresses.dd_api_url}/api/v2/incidents/{id_}/attachments/postmortems",
            json=body,
            headers={"DD-API-KEY": "a", "DD-APPLICATION-KEY": "b"},
            timeout=10,
        ).raise_for_status()
    assert look() == {"owed": [], "reviewed": 2}
    assert _open_items(addresses) == []


def _roles_may_do_what_they_say(addresses: Addresses, roles: dict[str, str]) -> None:
    iam = client(addresses, "iam")
    document = "tiny-prod-database-failure"
    definition = f"arn:aws:ssm:{REGION}:{ACCOUNT}:automation-definition/{document}:$DEFAULT"
    table = [
        ("ssm:StartAutomationExecution", definition, ("implicitDeny", "allowed", "allowed")),
        ("backup:StartBackupJob", VAULT, ("implicitDeny", "allowed", "allowed")),
        ("cloudwatch:DescribeAlarms", "*", ("allowed", "allowed", "allowed")),
        ("backup:DeleteRecoveryPoint", "*", ("explicitDeny", "explicitDeny", "allowed")),
        ("s3:GetObject", "arn:aws:s3:::any/thing", ("explicitDeny", "explicitDeny", "allowed")),
        ("iam:CreateUser", "*", ("explicitDeny", "explicitDeny", "explicitDeny")),
    ]
    for action, resource, expected in table:
        found = []
        for role in ("reader", "operator", "break-glass"):
            (judged,) = iam.simulate_principal_policy(
                PolicySourceArn=roles[role], ActionNames=[action], ResourceArns=[resource]
            )["EvaluationResults"]
            found.append(judged["EvalDecision"])
        assert tuple(found) == expected, action
    sessions = {
        role: iam.get_role(RoleName=arn.rpartition("/")[2])["Role"]["MaxSessionDuration"]
        for role, arn in roles.items()
    }
    assert sessions == {"reader": 14_400, "operator": 14_400, "break-glass": 3_600}


def _break_glass_is_heard(addresses: Addresses, role: str, queue: str) -> None:
    def taken(arn: str) -> list[str]:
        event: Any = {
            "source": "aws.sts",
            "detail-type": "AWS API Call via CloudTrail",
            "region": REGION,
            "detail": {
                "eventSource": "sts.amazonaws.com",
                "eventName": "AssumeRole",
                "eventTime": "2026-11-22T12:00:00Z",
                "sourceIPAddress": "192.0.2.7",
                "userIdentity": {"arn": f"arn:aws:iam::{ACCOUNT}:user/devops"},
                "requestParameters": {"roleArn": arn},
            },
        }
        requests.post(
            f"{addresses.aws_endpoint_url}/_upkeep/events", json=event, timeout=10
        ).raise_for_status()
        return _heard(addresses, queue)

    (told,) = taken(role)
    assert told.startswith(f"P0: arn:aws:iam::{ACCOUNT}:user/devops took the role {role}")
    assert "from 192.0.2.7" in told
    assert taken(f"arn:aws:iam::{ACCOUNT}:role/another") == []


def _datadog_has_the_roles(addresses: Addresses, out: dict[str, Any]) -> None:
    with datadog_client(addresses.dd_api_url) as api:
        roles = RolesApi(api)
        granted = {
            name: {each.attributes.name for each in roles.list_role_permissions(id_).data}
            for name, id_ in out["datadog_roles"].items()
        }
        assert granted == {
            "reader": {"dashboards_read", "monitors_read", "slos_read", "synthetics_read"},
            "operator": {"monitors_read", "slos_read", "synthetics_read"},
        }
        people = roles.list_role_users(out["datadog_roles"]["operator"]).data
        assert [each.attributes.email for each in people] == [EMAILS[0]]
        policy = RestrictionPoliciesApi(api).get_restriction_policy(f"dashboard:{out['board']}")
        relations = {each.relation: each.principals for each in policy.data.attributes.bindings}
        assert relations["editor"] == [f"user:{id_of(EMAILS[0])}"]
        assert [each.partition(":")[0] for each in relations["viewer"]] == ["org"]
