"""Access: who may do what, judged as IAM would, and who hears of break-glass."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pulumi
import pytest
from moto.iam.access_control import IAMPolicy, PermissionResult
from pulumi_upkeep import Access, BreakGlassWatch, DatadogAccess, datadog
from pulumi_upkeep.operate.access_policies import NEVER

from sandbox.aws.iam import decision
from sandbox.aws.permissions import statements_of
from tests.components.recovery import RUNBOOKS, declared, topics
from tests.components.support import ACCOUNT, Estate, Recording, deploy

ROLE, POLICY = "aws:iam/role:Role", "aws:iam/rolePolicy:RolePolicy"
VAULT = f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:bynomi-prod-database"
RUNBOOK_ROLE = f"arn:aws:iam::{ACCOUNT}:role/bynomi-prod-runbooks"
BACKUP_ROLE = f"arn:aws:iam::{ACCOUNT}:role/bynomi-prod-backup"
THINGS = ["dashboards", "monitors", "runbooks", "backups", "incidents"]
ARGS: dict[str, Any] = {
    "roles": {
        "reader": {
            "means": "All",
            "teams": ["shop", "support"],
            "may": {"see": ["dashboards", "monitors"]},
        },
        "operator": {
            "means": "Operators",
            "teams": ["operations"],
            "may": {"see": THINGS, "run": ["runbooks", "backups", "incidents"], "change": THINGS},
        },
        "responder": {
            "means": "Responders",
            "teams": ["incident-response"],
            "may": {"see": ["runbooks", "incidents"], "approve": ["runbooks"]},
        },
    },
    "break_glass": {"teams": ["incident-response"], "severity": "p0"},
    "watched_in": ["us-east-1", "us-west-2"],
    "documents": ["bynomi-prod-database-failure-orders"],
    "document_roles": [RUNBOOK_ROLE],
    "vaults": [VAULT],
    "backup_roles": [BACKUP_ROLE],
}
ROLES = [*ARGS["roles"], "break-glass"]


def declaration(changes: Mapping[str, Any] | None = None, preview: bool = False) -> Recording:
    given: Any = {key: value for key, value in {**ARGS, **(changes or {})}.items() if value}
    return declared(lambda opts: Access("access", given, opts), preview=preview)


@pytest.fixture(scope="module")
def policies() -> dict[str, str]:
    found = declaration()
    return {
        name.removeprefix("access-"): each.props["policy"]
        for name, each in found.of(POLICY).items()
    }


DOCUMENT = f"arn:aws:ssm:us-west-2:{ACCOUNT}:document/bynomi-prod-database-failure-orders"
DEFINITION = (
    f"arn:aws:ssm:us-west-2:{ACCOUNT}:automation-definition/"
    "bynomi-prod-database-failure-orders:$DEFAULT"
)
FOREIGN = f"arn:aws:ssm:us-west-2:{ACCOUNT}:automation-definition/AWS-RunShellScript:$DEFAULT"
EXECUTION = f"arn:aws:ssm:us-west-2:{ACCOUNT}:automation-execution/1"
POINT = f"arn:aws:backup:us-east-1:{ACCOUNT}:recovery-point:1"
OTHER_VAULT = f"arn:aws:backup:us-east-1:{ACCOUNT}:backup-vault:others"
ALARM = f"arn:aws:cloudwatch:us-east-1:{ACCOUNT}:alarm:bynomi-prod-cpu"
BOARD = f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/bynomi-prod"
OTHER_BOARD = f"arn:aws:cloudwatch::{ACCOUNT}:dashboard/others"
RULE = f"arn:aws:events:us-east-1:{ACCOUNT}:rule/bynomi-prod-break-glass-us-east-1"
# Which roles IAM lets do what; everybody else is denied.
TABLE: list[tuple[str, str, set[str]]] = [
    ("cloudwatch:DescribeAlarms", ALARM, {"reader", "operator", "break-glass"}),
    ("cloudwatch:GetDashboard", BOARD, {"reader", "operator", "break-glass"}),
    ("cloudwatch:GetDashboard", OTHER_BOARD, {"break-glass"}),
    ("ssm:GetDocument", DOCUMENT, {"operator", "responder", "break-glass"}),
    ("ssm:GetAutomationExecution", EXECUTION, {"operator", "responder", "break-glass"}),
    ("ssm:StartAutomationExecution", DEFINITION, {"operator", "break-glass"}),
    ("ssm:StartAutomationExecution", FOREIGN, {"break-glass"}),
    ("ssm:StopAutomationExecution", EXECUTION, {"operator", "break-glass"}),
    ("ssm:SendAutomationSignal", EXECUTION, {"responder", "break-glass"}),
    ("ssm:UpdateDocument", DOCUMENT, {"break-glass"}),
    ("ssm:SendCommand", DOCUMENT, {"break-glass"}),
    ("backup:ListRecoveryPointsByBackupVault", VAULT, {"operator", "break-glass"}),
    ("backup:DescribeRecoveryPoint", POINT, {"operator", "break-glass"}),
    ("backup:StartBackupJob", VAULT, {"operator", "break-glass"}),
    ("backup:StartBackupJob", OTHER_VAULT, {"break-glass"}),
    ("backup:StartRestoreJob", POINT, {"break-glass"}),
    ("backup:DeleteRecoveryPoint", POINT, {"break-glass"}),
    ("backup:PutBackupVaultLockConfiguration", VAULT, {"break-glass"}),
    ("backup:DeleteBackupVaultLockConfiguration", VAULT, {"break-glass"}),
    ("cloudwatch:DisableAlarmActions", ALARM, {"break-glass"}),
    ("cloudwatch:DeleteAlarms", ALARM, {"break-glass"}),
    ("cloudwatch:PutMetricAlarm", ALARM, {"break-glass"}),
    ("rds:ModifyDBInstance", f"arn:aws:rds:us-east-1:{ACCOUNT}:db:orders", {"break-glass"}),
    ("s3:GetObject", "arn:aws:s3:::bynomi-prod-log-archive/a", {"break-glass"}),
    (
        "secretsmanager:GetSecretValue",
        f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:bynomi-prod-database-AbCdEf",
        {"break-glass"},
    ),
    ("logs:GetLogEvents", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:a", {"break-glass"}),
    # What would outlast or hide the use of break-glass is nobody's.
    ("iam:CreateUser", f"arn:aws:iam::{ACCOUNT}:user/me", set()),
    ("iam:UpdateAssumeRolePolicy", f"arn:aws:iam::{ACCOUNT}:role/any", set()),
    ("iam:CreateAccessKey", f"arn:aws:iam::{ACCOUNT}:user/me", set()),
    ("sts:AssumeRole", f"arn:aws:iam::{ACCOUNT}:role/any", set()),
    ("cloudtrail:StopLogging", f"arn:aws:cloudtrail:us-east-1:{ACCOUNT}:trail/t", set()),
    ("events:DisableRule", RULE, set()),
]


def shown(each: str | set[str]) -> str:
    """For the name of a test, which is the same in every run."""
    return each[:60] if isinstance(each, str) else ", ".join(sorted(each))


@pytest.mark.slow
@pytest.mark.parametrize(("action", "resource", "who"), TABLE, ids=shown)
def test_who_may_do_what(
    policies: dict[str, str], action: str, resource: str, who: set[str]
) -> None:
    judged = {
        role: decision(statements_of(document), action, resource, {})
        for role, document in policies.items()
    }
    assert {role for role, found in judged.items() if found == "allowed"} == who
    # An evaluator that is not ours says the same.
    for role, document in policies.items():
        without = _without_conditions(document)
        found = IAMPolicy(without).is_action_permitted(action, resource)
        assert (found is PermissionResult.PERMITTED) == (role in who), role


def _without_conditions(document: str) -> str:
    """moto judges conditions of trust policies alone; those here are about passing roles."""
    parsed = json.loads(document)
    parsed["Statement"] = [each for each in parsed["Statement"] if "Condition" not in each]
    return json.dumps(parsed)


def _concrete(pattern: str) -> str:
    return pattern.replace("*", "Something")


@pytest.mark.parametrize("action", NEVER)
def test_what_loses_reveals_or_silences_is_denied_to_every_role(
    policies: dict[str, str], action: str
) -> None:
    for role in ARGS["roles"]:
        found = decision(statements_of(policies[role]), _concrete(action), "arn:aws:any", {})
        assert found == "explicitDeny", role


def test_the_denial_is_what_denies(policies: dict[str, str]) -> None:
    """Whatever somebody attaches to a role later does not open it."""
    attached = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    for role in ARGS["roles"]:
        with_all = [*statements_of(policies[role]), attached]
        assert decision(with_all, "backup:DeleteRecoveryPoint", POINT, {}) == "explicitDeny"
        assert decision(with_all, "ec2:RunInstances", "*", {}) == "allowed"


def test_a_role_is_passed_to_its_own_service_only(policies: dict[str, str]) -> None:
    statements = statements_of(policies["operator"])
    for role, service in ((RUNBOOK_ROLE, "ssm"), (BACKUP_ROLE, "backup")):
        for asked in ("ssm", "backup", "lambda"):
            context = {"iam:PassedToService": f"{asked}.amazonaws.com"}
            expected = "allowed" if asked == service else "implicitDeny"
            assert decision(statements, "iam:PassRole", role, context) == expected
    foreign = f"arn:aws:iam::{ACCOUNT}:role/admin"
    context = {"iam:PassedToService": "ssm.amazonaws.com"}
    assert decision(statements, "iam:PassRole", foreign, context) == "implicitDeny"


def trust_of(found: Recording, role: str) -> dict[str, Any]:
    document = json.loads(found.one(ROLE, f"access-{role}").props["assumeRolePolicy"])
    (statement,) = document["Statement"]
    return dict(statement)


def test_users_of_the_account_need_mfa_and_a_team() -> None:
    found = declaration()
    assert trust_of(found, "reader") == {
        "Sid": "WithMfa",
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Action": "sts:AssumeRole",
        "Condition": {
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
            "StringEquals": {"aws:PrincipalTag/team": ["shop", "support"]},
        },
    }
    props = found.one(ROLE, "access-reader").props
    assert (props["name"], props["maxSessionDuration"]) == (
        "bynomi-prod-access-reader",
        4 * 3600,
    )


def test_who_signs_in_says_the_team_as_a_session_tag() -> None:
    found = declaration({"saml_provider": "bynomi-sso", "session": "2 hours"})
    trusted = trust_of(found, "reader")
    assert trusted["Principal"] == {"Federated": f"arn:aws:iam::{ACCOUNT}:saml-provider/bynomi-sso"}
    assert trusted["Action"] == ["sts:AssumeRoleWithSAML", "sts:TagSession"]
    assert trusted["Condition"] == {
        "StringEquals": {
            "SAML:aud": "https://signin.aws.amazon.com/saml",
            "aws:RequestTag/team": ["shop", "support"],
        }
    }
    assert found.one(ROLE, "access-reader").props["maxSessionDuration"] == 2 * 3600
    # The glass is broken when sign-in does not work, too.
    assert trust_of(found, "break-glass")["Action"] == "sts:AssumeRole"


def test_break_glass_is_short_with_mfa_just_now_and_where_it_is_heard() -> None:
    found = declaration()
    assert found.one(ROLE, "access-break-glass").props["maxSessionDuration"] == 3600
    assert trust_of(found, "break-glass")["Condition"] == {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "900"},
        "StringEquals": {
            "aws:PrincipalTag/team": ["incident-response"],
            "aws:RequestedRegion": ["us-east-1", "us-west-2"],
        },
    }


def test_without_break_glass_there_is_none(preview: bool) -> None:
    found = declaration({"break_glass": None, "watched_in": None}, preview)
    assert found.of(ROLE).keys() == {f"access-{role}" for role in ARGS["roles"]}


def test_its_use_is_told_at_once(preview: bool) -> None:
    given: Any = {
        "role": f"arn:aws:iam::{ACCOUNT}:role/bynomi-prod-access-break-glass",
        "severity": "p0",
        "topics": topics(),
        "runbooks": RUNBOOKS,
    }
    found = declared(
        lambda opts: BreakGlassWatch("break-glass-us-east-1", given, opts), preview=preview
    )
    rule = found.one("aws:cloudwatch/eventRule:EventRule", "break-glass-us-east-1").props
    assert json.loads(rule["eventPattern"]) == {
        "source": ["aws.sts"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["sts.amazonaws.com"],
            "requestParameters": {"roleArn": [given["role"]]},
        },
    }
    # Taking a role only reads, to CloudTrail.
    assert rule["state"] == "ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS"
    target = found.one("aws:cloudwatch/eventTarget:EventTarget", "break-glass-us-east-1").props
    assert target["arn"] == topics()["p0"]
    template = target["inputTransformer"]["inputTemplate"]
    assert template.startswith('"P0: <who> took the role <role> at <time> from <address>')
    assert f"{RUNBOOKS}/break-glass" in template


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"watched_in": None}, "watched_in: break-glass that nobody hears of"),
        (
            {"roles": {**ARGS["roles"], "break-glass": ARGS["roles"]["reader"]}},
            "roles.break-glass: `break_glass` owns this role: two owners of one",
        ),
        (
            {"session": "13 hours"},
            "session = 13 hours: a role's session lies between 1 hour and 12 hours "
            "(IAM, CreateRole, MaxSessionDuration); nearest: `12 hours`",
        ),
    ],
)
def test_what_is_refused(changes: dict[str, Any], says: str) -> None:
    with pytest.raises(pulumi.RunError, match="Access 'access'") as refused:
        declaration(changes)
    assert says in str(refused.value)


# ---- in Datadog ---------------------------------------------------------------------------------

KNOWN = (
    "dashboards_read",
    "incident_read",
    "incident_write",
    "monitors_downtime",
    "monitors_read",
    "monitors_write",
    "notebooks_read",
    "slos_read",
    "synthetics_read",
)
LOOKED_UP: Estate = {
    "datadog:index/getPermissions:getPermissions": lambda _: {
        "permissions": {name: f"id-of-{name}" for name in KNOWN}
    },
    "datadog:index/getCurrentUser:getCurrentUser": lambda _: {"id": "deployer", "orgId": "all"},
}


def in_datadog(**changes: Any) -> Recording:
    given: Any = {
        "roles": {
            name: {"may": role["may"], "users": {"somebody": f"user-of-{name}"}}
            for name, role in ARGS["roles"].items()
        },
        "dashboards": {"board": "abc-def"},
        "monitors": {"errors-web": "17"},
        **changes,
    }

    def program() -> None:
        provider = datadog.Provider("datadog", datadog.ProviderArgs(api_key="a", app_key="b"))
        DatadogAccess("datadog-access", given, pulumi.ResourceOptions(provider=provider))

    return deploy(program, estate=LOOKED_UP)


def _granted(found: Recording) -> Iterator[tuple[str, set[str]]]:
    for name, each in found.of("datadog:index/role:Role").items():
        ids = {entry["id"] for entry in each.props["permissions"]}
        yield name.removeprefix("datadog-access-"), ids


def test_datadogs_roles_have_their_verbs_and_nothing_that_all_have() -> None:
    found = in_datadog()
    seen = {"id-of-dashboards_read", "id-of-monitors_read", "id-of-slos_read"}
    seen |= {"id-of-synthetics_read"}
    incidents = {"id-of-incident_read", "id-of-notebooks_read"}
    assert dict(_granted(found)) == {
        "reader": seen,
        "operator": seen | incidents | {"id-of-incident_write"},
        "responder": incidents,
    }
    for each in found.of("datadog:index/role:Role").values():
        assert each.props["defaultPermissionsOptOut"] is True


def test_people_have_the_roles_of_their_teams() -> None:
    found = in_datadog().of("datadog:index/userRole:UserRole")
    assert {name: each.props["userId"] for name, each in found.items()} == {
        f"datadog-access-{role}-somebody": f"user-of-{role}" for role in ARGS["roles"]
    }


def test_what_is_declared_is_changed_by_deployments_only() -> None:
    found = in_datadog().of("datadog:index/restrictionPolicy:RestrictionPolicy")
    assert {each.props["resourceId"] for each in found.values()} == {
        "dashboard:abc-def",
        "monitor:17",
    }
    for each in found.values():
        assert each.props["bindings"] == [
            {"relation": "editor", "principals": ["user:deployer"]},
            {"relation": "viewer", "principals": ["org:all"]},
        ]
