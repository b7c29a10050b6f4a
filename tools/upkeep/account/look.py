"""Where a stranger looks at a piece of evidence: a command of AWS's client, an address of Datadog's
API, a file of the repository, a page of the web.

Evidence names things as the cloud has them; here each name leads to what shows the thing.
"""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import quote

from tools.upkeep.account.seen import Fact, Seen, Stack
from tools.upkeep.paths import PROJECT

# Kind -> the field that evidence names it by, and the command that shows it.
AWS: Mapping[str, tuple[str, str]] = {
    "alarm": ("name", "cloudwatch describe-alarms --alarm-names {0}"),
    "mute_rule": ("name", "cloudwatch get-alarm-mute-rule --alarm-mute-rule-name {0}"),
    "backup_rule": (
        "plan",
        "backup list-backup-plans --query \"BackupPlansList[?BackupPlanName=='{0}']\"",
    ),
    "restore_test": (
        "plan",
        "backup get-restore-testing-plan --restore-testing-plan-name {0}",
    ),
    "replica": ("name", "rds describe-db-instances --db-instance-identifier {0}"),
    "document": ("name", "ssm get-document --name {0}"),
    "ops_window": ("name", "ssm describe-maintenance-windows --filters Key=Name,Values={0}"),
    "patch_baseline": ("name", "ssm describe-patch-baselines --filters Key=NAME_PREFIX,Values={0}"),
    "schedule": ("name", "scheduler get-schedule --name {0}"),
    "event_rule": ("name", "events describe-rule --name {0}"),
    "function": ("name", "lambda get-function-configuration --function-name {0}"),
    "role": ("name", "iam get-role --role-name {0}"),
    "subscription": (
        "endpoint",
        "sns list-subscriptions --query \"Subscriptions[?Endpoint=='{0}']\"",
    ),
    "record": (
        "name",
        "route53 list-resource-record-sets --hosted-zone-id ZONE --start-record-name {0}",
    ),
    "server_group": (
        "name",
        "autoscaling describe-auto-scaling-groups --auto-scaling-group-names {0}",
    ),
    "distribution": (
        "comment",
        "cloudfront list-distributions --query \"DistributionList.Items[?Comment=='{0}']\"",
    ),
}
DATADOG: Mapping[str, tuple[str, str]] = {
    "monitor": ("name", "/api/v1/monitor?name={0}"),
    "test": ("name", "/api/v1/synthetics/tests"),
    "dashboard": ("title", "/api/v1/dashboard/{id}"),
    "logs_index": ("name", "/api/v1/logs/config/indexes/{0}"),
    "logs_pipeline": ("filter", "/api/v1/logs/config/pipelines"),
    "webhook": ("name", "/api/v1/integration/webhooks/configuration/webhooks/{0}"),
    "team": ("handle", "/api/v2/team?filter[keyword]={0}"),
    "on_call_schedule": ("name", "/api/v2/on-call/schedules"),
    "escalation_policy": ("name", "/api/v2/on-call/escalation-policies/{id}"),
    "front_end": ("name", "/api/v2/rum/applications"),
    "datadog_role": ("name", "/api/v2/roles?filter={0}"),
    "incident_type": ("name", "/api/v2/incidents/config/types"),
    "incident_template": ("name", "/api/v2/incidents/config/postmortem-templates"),
}
# Services without regions.
_GLOBAL = ("iam ", "route53 ", "cloudfront ")
_WORD = re.compile(r"[^\s,()]+")
# What evidence calls things whose names are words: two kinds of them may have the same name.
_CALLED = {
    "dashboard": "dashboard ",
    "incident_type": "incident type ",
    "incident_template": "template ",
}


class Places:
    """Where the things of a company are seen, by the names that evidence has for them."""

    def __init__(self, seen: Seen) -> None:
        self._known: dict[str, list[str]] = {}
        for stack in seen.stacks.values():
            for name, place in _of(stack):
                at = self._known.setdefault(name, [])
                if place not in at:
                    at.append(place)
        self._phrases = [name for name in self._known if " " in name]

    def of(self, says: str) -> tuple[str, ...]:
        """Where a piece of evidence is seen; empty where it names nothing that can be looked at."""
        found: list[str] = []
        for word in _WORD.findall(says):
            bare = word.rstrip(":;.")
            if bare.startswith("https://"):
                found.append(bare)
            elif bare in self._known:
                found += self._known[bare]
            elif ("/" in bare or bare.endswith(".yaml")) and (PROJECT / bare).is_file():
                found.append(bare)
        found += [at for name in self._phrases if name in says for at in self._known[name]]
        return tuple(dict.fromkeys(found))


def _of(stack: Stack) -> Iterator[tuple[str, str]]:
    named: set[str] = set()
    for kind, (field, command) in AWS.items():
        for each in stack.of(kind):
            # A function, a schedule has a role of its own name, which is no evidence.
            if kind == "role" and each[field] in named:
                continue
            named.add(each[field])
            region = each.get("region") or stack.primary
            where = "" if command.startswith(_GLOBAL) else f" --region {region}"
            yield each[field], f"aws {command.format(each[field])}{where}"
    for kind, (field, path) in DATADOG.items():
        for each in stack.of(kind):
            yield f"{_CALLED.get(kind, '')}{each[field]}", _asked(path, each, field)
    for each in stack.of("downtime"):
        for one in each["recurrences"]:
            yield one["rrule"], "Datadog GET /api/v2/downtime"


def _asked(path: str, each: Fact, field: str) -> str:
    return f"Datadog GET {path.format(quote(each[field]), id=each.get('id', ''))}"
