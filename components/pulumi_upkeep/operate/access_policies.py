"""What the roles of people may do in AWS, statement by statement.

Rights follow from verbs and things, and from nothing else. What holds data or keeps it from being
lost is denied to every role, so that no policy that is attached later gives it by accident. Which
operation knows which resources: Service Authorization Reference.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from .. import policy
from ..account import Account
from ..policy import Statement

# How long ago a person's device of MFA was asked at most, to break the glass.
MFA_SECONDS = 900
SAML_AUDIENCE = "https://signin.aws.amazon.com/saml"
# The session tag, or the tag of an IAM user, that says a person's team.
TEAM = "team"

# Reading that names no resource, by thing.
SEES: Mapping[str, Sequence[str]] = {
    "dashboards": (
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "cloudwatch:ListDashboards",
        "cloudwatch:ListMetrics",
    ),
    "monitors": (
        "cloudwatch:DescribeAlarmHistory",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:GetMetricStatistics",
        "cloudwatch:ListMetrics",
        "route53:GetHealthCheckStatus",
        "route53:ListHealthChecks",
    ),
    "runbooks": (
        "ssm:DescribeAutomationExecutions",
        "ssm:DescribeAutomationStepExecutions",
        "ssm:DescribeOpsItems",
        "ssm:GetAutomationExecution",
        "ssm:GetOpsItem",
        "ssm:ListDocuments",
    ),
    "backups": (
        "backup:DescribeBackupJob",
        "backup:DescribeCopyJob",
        "backup:DescribeRecoveryPoint",
        "backup:DescribeRestoreJob",
        "backup:ListBackupJobs",
        "backup:ListBackupPlans",
        "backup:ListBackupVaults",
        "backup:ListCopyJobs",
        "backup:ListRestoreJobs",
        "backup:ListRestoreTestingPlans",
    ),
    "incidents": ("ssm:DescribeOpsItems", "ssm:GetOpsItem"),
}

# What would lose or reveal data, silence an alarm or open a further door. Every role but the one
# that breaks the glass is denied it.
NEVER = (
    "backup:DeleteBackupPlan",
    "backup:DeleteBackupSelection",
    "backup:DeleteBackupVault",
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:DeleteRecoveryPoint",
    "backup:DisassociateRecoveryPoint",
    "backup:PutBackupVaultAccessPolicy",
    "backup:PutBackupVaultLockConfiguration",
    "backup:StartRestoreJob",
    "backup:UpdateRecoveryPointLifecycle",
    "cloudwatch:DeleteAlarms",
    "cloudwatch:DisableAlarmActions",
    "cloudwatch:PutAlarmMuteRule",
    "cloudwatch:PutCompositeAlarm",
    "cloudwatch:PutMetricAlarm",
    "cloudwatch:SetAlarmState",
    "dynamodb:GetItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "ebs:GetSnapshotBlock",
    "iam:Attach*",
    "iam:Create*",
    "iam:Put*",
    "iam:Update*",
    "kms:Decrypt",
    "kms:DisableKey",
    "kms:ScheduleKeyDeletion",
    "lambda:GetFunction",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:GetLogRecord",
    "logs:StartLiveTail",
    "logs:StartQuery",
    "rds-data:*",
    "rds-db:connect",
    "rds:Delete*",
    "rds:DownloadDBLogFilePortion",
    "rds:StartExportTask",
    "s3:DeleteObject*",
    "s3:GetObject*",
    "secretsmanager:GetSecretValue",
    "sns:SetTopicAttributes",
    "sns:Unsubscribe",
    "ssm:GetParameter*",
    "sts:AssumeRole",
)

# What would outlast or hide the use of break-glass.
NOT_EVEN_THEN = (
    "iam:Add*",
    "iam:Attach*",
    "iam:Create*",
    "iam:Put*",
    "iam:SetDefaultPolicyVersion",
    "iam:Tag*",
    "iam:Update*",
    "sts:AssumeRole",
)
HIDING = (
    "cloudtrail:DeleteTrail",
    "cloudtrail:PutEventSelectors",
    "cloudtrail:StopLogging",
    "cloudtrail:UpdateTrail",
)
SILENCING = (
    "events:DeleteRule",
    "events:DisableRule",
    "events:PutRule",
    "events:PutTargets",
    "events:RemoveTargets",
)


def trust(
    account: Account,
    teams: Sequence[str],
    saml_provider: str | None,
    break_glass_regions: Sequence[str] = (),
) -> str:
    """Who may take a role: people of the teams, by the identity provider, or with MFA.

    break_glass_regions   makes it the role for emergencies: MFA within a quarter of an hour, and
                          asked for in one of these regions, where its use is heard
    """
    tagged = sorted(teams)
    if saml_provider is not None and not break_glass_regions:
        provider = f"arn:{account.partition}:iam::{account.id}:saml-provider/{saml_provider}"
        return policy.document(
            policy.allow(
                "BySignIn",
                ["sts:AssumeRoleWithSAML", "sts:TagSession"],
                principal={"Federated": provider},
                conditions={
                    "StringEquals": {"SAML:aud": SAML_AUDIENCE, f"aws:RequestTag/{TEAM}": tagged}
                },
            )
        )
    conditions: dict[str, dict[str, Any]] = {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "StringEquals": {f"aws:PrincipalTag/{TEAM}": tagged},
    }
    if break_glass_regions:
        conditions["NumericLessThan"] = {"aws:MultiFactorAuthAge": str(MFA_SECONDS)}
        conditions["StringEquals"]["aws:RequestedRegion"] = sorted(break_glass_regions)
    return policy.document(
        policy.allow(
            "WithMfa",
            ["sts:AssumeRole"],
            principal={"AWS": account.root},
            conditions=conditions,
        )
    )


def of_role(
    account: Account,
    may: Mapping[str, Iterable[str]],
    *,
    stack: str,
    documents: Sequence[str],
    document_roles: Sequence[str],
    vaults: Sequence[str],
    backup_roles: Sequence[str],
) -> str:
    """The policy of a role: what its verbs and things allow, and what none may.

    stack            ``bynomi-prod``: what names of the stack begin with
    documents        names of the runbooks; ``document_roles`` are ARNs of what they run as
    vaults           ARNs of the vaults; ``backup_roles`` of what takes backups
    """
    sees, runs = set(may["see"]), set(may["run"])
    statements = [_sees(sees), *_sees_named(account, sees, stack, documents, vaults)]
    if "runbooks" in runs and documents:
        statements += _runs_runbooks(account, documents, document_roles)
    if "backups" in runs and vaults:
        statements.append(
            policy.allow("TakeBackups", ["backup:StartBackupJob"], resources=sorted(vaults))
        )
        statements.append(_passes("PassBackupRoles", backup_roles, "backup.amazonaws.com"))
    if "runbooks" in set(may["approve"]):
        statements.append(
            policy.allow("Decide", ["ssm:SendAutomationSignal"], resources=[_executions(account)])
        )
    # What is denied stays denied, whatever else somebody attaches to the role.
    return policy.document(
        *[each for each in statements if each], policy.deny("Never", NEVER, resources=["*"])
    )


def break_glass(account: Account, stack: str) -> str:
    """Everything, but for what would outlast the session or hide it."""
    rules = f"arn:{account.partition}:events:*:{account.id}:rule/{stack}-*"
    return policy.document(
        policy.allow("Everything", ["*"], resources=["*"]),
        policy.deny("EndsWithTheSession", NOT_EVEN_THEN, resources=["*"]),
        policy.deny("IsRecorded", HIDING, resources=["*"]),
        policy.deny("IsHeard", SILENCING, resources=[rules]),
    )


def _sees(things: set[str]) -> Statement:
    actions = sorted({action for thing in things for action in SEES[thing]})
    return policy.allow("See", actions, resources=["*"]) if actions else {}


def _sees_named(
    account: Account,
    things: set[str],
    stack: str,
    documents: Sequence[str],
    vaults: Sequence[str],
) -> list[Statement]:
    found: list[Statement] = []
    if "dashboards" in things:
        boards = f"arn:{account.partition}:cloudwatch::{account.id}:dashboard/{stack}*"
        found.append(policy.allow("SeeDashboards", ["cloudwatch:GetDashboard"], resources=[boards]))
    if "runbooks" in things and documents:
        found.append(
            policy.allow(
                "ReadRunbooks",
                ["ssm:DescribeDocument", "ssm:GetDocument"],
                resources=[_document(account, name) for name in sorted(documents)],
            )
        )
    if "backups" in things and vaults:
        found.append(
            policy.allow(
                "SeeVaults",
                ["backup:DescribeBackupVault", "backup:ListRecoveryPointsByBackupVault"],
                resources=sorted(vaults),
            )
        )
    return found


def _runs_runbooks(
    account: Account, documents: Sequence[str], roles: Sequence[str]
) -> list[Statement]:
    definitions = [
        f"arn:{account.partition}:ssm:*:{account.id}:automation-definition/{name}:*"
        for name in sorted(documents)
    ]
    return [
        policy.allow(
            "StartRunbooks",
            ["ssm:StartAutomationExecution"],
            # The service asks for either, by the caller's way in.
            resources=[*definitions, *(_document(account, name) for name in sorted(documents))],
        ),
        policy.allow(
            "StopRunbooks", ["ssm:StopAutomationExecution"], resources=[_executions(account)]
        ),
        _passes("PassRunbookRoles", roles, "ssm.amazonaws.com"),
    ]


def _passes(sid: str, roles: Sequence[str], service: str) -> Statement:
    if not roles:
        return {}
    return policy.allow(
        sid,
        ["iam:PassRole"],
        resources=sorted(set(roles)),
        conditions={"StringEquals": {"iam:PassedToService": service}},
    )


def _document(account: Account, name: str) -> str:
    return f"arn:{account.partition}:ssm:*:{account.id}:document/{name}"


def _executions(account: Account) -> str:
    return f"arn:{account.partition}:ssm:*:{account.id}:automation-execution/*"
