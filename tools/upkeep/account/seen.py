"""What a judge sees of a company: things of the cloud by kind, as plain data.

Every reader gives the same kinds with the same fields, whatever API or declaration they come from.
Names are those that the cloud knows. A reader that cannot see a kind gives none of it, so that what
rests on it is missing and never kept by chance.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Fact = Mapping[str, Any]

KINDS: Mapping[str, str] = {
    # CloudWatch
    "alarm": "name region metrics[namespace name dimensions] expression comparison threshold "
    "minutes topics says",
    "mute_rule": "name alarms cron duration timezone expires",
    # AWS Backup
    "backup_rule": "plan rule region cron timezone keep_days continuous vault "
    "copies[vault keep_days] protects managed_by",
    "restore_test": "plan region cron timezone protects vaults",
    # RDS
    "replica": "name region source multi_az",
    # Systems Manager
    "document": "name region type steps[name action seconds calls does]",
    "ops_window": "id name region cron timezone hours enabled",
    "window_task": "window region name type task targets given",
    "patch_baseline": "name region system rules[after_days filters]",
    # EventBridge
    "schedule": "name region cron timezone calls given enabled",
    "event_rule": "name region sources targets enabled",
    # Lambda, IAM
    "function": "name region environment",
    "role": "name trusts statements[effect actions resources]",
    # Routes
    "subscription": "topic region protocol endpoint",
    # Network and servers
    "record": "name type set failover health",
    "redirect": "region hosts paths to",
    "server_group": "name region wanted most behind",
    "distribution": "comment enabled origins",
    # Logs
    "log_group": "name region keep_days",
    # Datadog
    "monitor": "name type query message tags priority",
    "test": "name type subtype url seconds locations message priority live",
    "dashboard": "id title queries",
    "downtime": "monitors recurrences[start duration rrule] timezone",
    "logs_index": "name filter keep_days excludes[query share enabled]",
    "logs_pipeline": "filter enabled processors categories",
    "webhook": "name payload",
    "team": "handle people",
    "on_call_schedule": "name timezone teams layers[name people every_days]",
    "escalation_policy": "id name teams steps[seconds targets] retries",
    "routing_rule": "team query policies hours waits",
    "front_end": "name type",
    "datadog_role": "name permissions",
    "incident_type": "name description",
    "incident_rule": "severities handles enabled",
    "incident_template": "name kind content",
}
"""Kind -> the fields of each thing of it. A repository's kinds stand in ``repository.py``."""


class Facts(Protocol):
    """What a reader sees."""

    def of(self, kind: str) -> Sequence[Fact]:
        """The things of a kind; KeyError for a kind that is none."""
        ...


@dataclass(frozen=True)
class Stack:
    """One environment of a company.

    prefix    what its things' names begin with: ``bynomi-prod-``
    plan      the chapters of its stack file, as they are written: which things of the company's
              own its words name, and never a figure
    """

    name: str
    prefix: str
    plan: Mapping[str, Any]
    facts: Facts

    def of(self, kind: str) -> Sequence[Fact]:
        """The things of a kind."""
        return self.facts.of(kind)

    @property
    def primary(self) -> str:
        return str(self.plan["regions"]["primary"])

    @property
    def recovery(self) -> str:
        return str(self.plan["regions"]["recovery"])

    @property
    def databases(self) -> dict[str, str]:
        """The company's databases: instance by name."""
        found = (self.plan.get("estate") or {}).get("databases") or {}
        return {name: str(each["instance"]) for name, each in found.items()}

    @property
    def servers(self) -> dict[str, str]:
        """The company's groups of servers: Auto Scaling group by name."""
        found = (self.plan.get("estate") or {}).get("servers") or {}
        return {name: str(each["group"]) for name, each in found.items()}

    @property
    def buckets(self) -> dict[str, str]:
        """The company's buckets by name."""
        return {
            k: str(v) for k, v in ((self.plan.get("estate") or {}).get("buckets") or {}).items()
        }

    def monitors(self, where: Callable[[Fact], bool]) -> Iterator[Fact]:
        """The monitors that fit and tell somebody, be it by the composite that they are part of."""
        for monitor in self.of("monitor"):
            if where(monitor):
                yield from (
                    told
                    for told in self.of("monitor")
                    if told["name"] == monitor["name"]
                    or (told["type"] == "composite" and refers(told["query"], monitor["name"]))
                    if tells(told["message"])
                )


@dataclass(frozen=True)
class Seen:
    """A company: its environments by name, and the files of its repository."""

    stacks: Mapping[str, Stack]
    repository: Facts

    @property
    def prod(self) -> Stack:
        return self.stacks["prod"]

    @property
    def staging(self) -> Stack:
        return self.stacks["staging"]


class Given:
    """Facts that are at hand: for tests, and of a repository."""

    def __init__(self, facts: Mapping[str, Sequence[Fact]]) -> None:
        self._facts = facts

    def of(self, kind: str) -> Sequence[Fact]:
        return self._facts.get(kind, ())


def tells(message: str) -> bool:
    """Whether a monitor's message reaches somebody."""
    return any(word.startswith("@") and len(word) > 1 for word in words(message))


def words(message: str) -> list[str]:
    """The words of a message, without what makes it conditional."""
    found = message.replace("{{", " {{").replace("}}", "}} ").split()
    return [word for word in found if not word.startswith("{{")]


def refers(query: str, name: str) -> bool:
    """Whether a composite's query names a monitor."""
    return name in query.replace("(", " ").replace(")", " ").replace("!", " ").split()
