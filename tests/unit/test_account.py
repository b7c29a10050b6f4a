"""The account of the clauses: what keeps each falls when its figure is changed.

Of what the stack files declare, in the form that the running cloud is read in; the same predicates
against a running cloud are in tests/engine/test_coverage.py.
"""

import copy
import pkgutil
import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import botocore.session
import datadog_api_client.v1.api as v1
import datadog_api_client.v2.api as v2
import pytest
from botocore import xform_name

from tests.unit.account_examples import ADDED
from tools.upkeep.account import clock, look
from tools.upkeep.account.chapters import PREDICATES
from tools.upkeep.account.clauses import Clause, clauses
from tools.upkeep.account.companies import COMPANIES
from tools.upkeep.account.judge import judge_one
from tools.upkeep.account.look import Places
from tools.upkeep.account.repository import Repository
from tools.upkeep.account.seen import Facts as Reader
from tools.upkeep.account.seen import Seen, Stack
from tools.upkeep.coverage import seen_declared
from tools.upkeep.paths import PROJECT

pytestmark = pytest.mark.slow

CLAUSES = {each.id: each for each in clauses()}
Facts = dict[str, list[dict[str, Any]]]
Change = Callable[["Company"], object]


class Copied(dict[str, list[dict[str, Any]]]):
    """The facts of a reader as plain data, each kind copied when it is wanted."""

    def __init__(self, reader: Reader) -> None:
        super().__init__()
        self._reader: Reader | None = reader

    def __missing__(self, kind: str) -> list[dict[str, Any]]:
        found = self._reader.of(kind) if self._reader else ()
        self[kind] = copy.deepcopy([dict(each) for each in found])
        return self[kind]

    def clear(self) -> None:
        super().clear()
        self._reader = None

    def of(self, kind: str) -> list[dict[str, Any]]:
        return self[kind]


class Company:
    """A company's facts, to be changed at will."""

    def __init__(self, seen: Seen, plan: str) -> None:
        self.of = {name: Copied(stack) for name, stack in seen.stacks.items()}
        self.files = Copied(seen.repository)
        self._stacks = seen.stacks
        self._plan = {name: dict(stack.plan) for name, stack in seen.stacks.items()}
        # What another chapter of the plan brings once its stack file asks for it.
        for added in ADDED.get(plan, ()):
            added(self.of["prod"], self.files, self._plan["prod"])

    @property
    def prod(self) -> Facts:
        return self.of["prod"]

    def seen(self) -> Seen:
        stacks = {
            name: Stack(name, each.prefix, self._plan[name], self.of[name])
            for name, each in self._stacks.items()
        }
        return Seen(stacks, self.files)

    def emptied(self) -> Seen:
        """Nothing runs, and no file is there."""
        for facts in (*self.of.values(), self.files):
            facts.clear()
        return self.seen()


@cache
def declared_by(plan: str) -> Seen:
    (company,) = (each for each in COMPANIES if each.plan == plan)
    return seen_declared(company)


def company(clause: Clause) -> Company:
    return Company(declared_by(clause.plan), clause.plan)


def kept(clause: Clause, of: Company) -> tuple[str, ...]:
    """What a clause lacks; empty where it is kept."""
    judged = judge_one(clause, of.seen())
    assert judged.kept == (not judged.missing)
    return judged.missing


# ---- one change of the figure that a clause names ------------------------------------------------


def each_of(facts: Facts, kind: str, /, **where: Any) -> Iterator[dict[str, Any]]:
    """The facts of a kind with some values; at least one."""
    found = [
        each for each in facts[kind] if all(each.get(key) == value for key, value in where.items())
    ]
    assert found, f"no {kind} with {where}"
    yield from found


def alter(kind: str, field: str, becomes: Any, /, **where: Any) -> Change:
    """Sets a field of all facts of a kind in production."""

    def change(of: Company) -> None:
        for each in each_of(of.prod, kind, **where):
            each[field] = becomes(each[field]) if callable(becomes) else becomes

    return change


def silent_of(severity: str) -> Change:
    """Monitors of a severity that open no case any more."""

    def change(of: Company) -> None:
        for each in of.prod["monitor"]:
            if f"severity:{severity}" in each["tags"]:
                each["message"] = each["message"].replace("@webhook-", "webhook ")

    return change


def without(kind: str, /, **where: Any) -> Change:
    """Takes facts of production away."""

    def change(of: Company) -> None:
        gone = list(each_of(of.prod, kind, **where))
        of.prod[kind] = [each for each in of.prod[kind] if each not in gone]

    return change


def alter_file(kind: str, change_of: Callable[[dict[str, Any]], object], /, **where: Any) -> Change:
    """Changes files of a kind."""

    def change(of: Company) -> None:
        for each in each_of(of.files, kind, **where):
            change_of(each)

    return change


def page(key: str, old: str, new: str) -> Change:
    """Another word on a page of production's handbook."""

    def change(of: Company) -> None:
        for each in each_of(of.files, "page", key=key, stack="prod"):
            assert old in each["text"], each["text"][:2000]
            each["text"] = each["text"].replace(old, new)

    return change


def cell(key: str, table: str, column: str, becomes: str, /, **where: str) -> Change:
    """Another value in a column of a table of production's handbook."""

    def change(of: Company) -> None:
        found = [
            row
            for each in each_of(of.files, "page", key=key, stack="prod")
            for one in each["tables"]
            if one["of"] == table
            for row in one["rows"]
            if all(row[name.replace("_", " ")] == value for name, value in where.items())
        ]
        assert found, f"no row of {table} with {where}"
        for row in found:
            assert column in row
            row[column] = becomes

    return change


def without_rows(key: str, table: str, /, **where: str) -> Change:
    """Rows of a table of production's handbook that are gone."""

    def change(of: Company) -> None:
        for each in each_of(of.files, "page", key=key, stack="prod"):
            for one in each["tables"]:
                if one["of"] == table:
                    left = [
                        row
                        for row in one["rows"]
                        if any(
                            row[name.replace("_", " ")] != value for name, value in where.items()
                        )
                    ]
                    assert len(left) < len(one["rows"])
                    one["rows"] = left

    return change


def answers(kind: str, field: str, becomes: Any, /, **where: Any) -> Change:
    """Another answer of what a workflow runs."""
    return alter_file(kind, lambda of: of.update({field: becomes}), **where)


def replaced(old: str, new: str) -> Callable[[str], str]:
    def change(text: str) -> str:
        return text.replace(old, new)

    return change


def step(of_workflow: dict[str, Any], old: str, new: str) -> None:
    changed = False
    for job in of_workflow["jobs"]:
        for each in job["steps"]:
            changed = changed or old in each["run"]
            each["run"] = each["run"].replace(old, new)
    assert changed, old


def intervals(every: str) -> Callable[[dict[str, Any]], object]:
    def change(file: dict[str, Any]) -> None:
        for update in file["updates"]:
            update["every"] = every

    return change


def rename_step(old: str) -> Callable[[Any], Any]:
    def change(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [
            {**each, "name": f"not_{each['name']}"} if each["name"] == old else each
            for each in steps
        ]

    return change


def idle(name: str) -> Callable[[Any], Any]:
    """A step of the same name that waits for a while instead."""

    def change(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**each, "does": []} if each["name"] == name else each for each in steps]

    return change


def slower(name: str) -> Callable[[Any], Any]:
    def change(steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [{**each, "seconds": 3600} if each["name"] == name else each for each in steps]

    return change


def given(**values: Any) -> Callable[[Mapping[str, Any]], Mapping[str, Any]]:
    return lambda was: {**was, **values}


def notice(window: str, **values: Any) -> Callable[[Any], Any]:
    def change(was: dict[str, Any]) -> dict[str, Any]:
        new = copy.deepcopy(was)
        new["windows"][window]["notice"].update(values)
        return new

    return change


def without_handbook(of: Company) -> None:
    for each in of.files["workflow"]:
        if "handbook" in str(each["jobs"]):
            step(each, "handbook", "nothing")


def triggers(of: dict[str, Any]) -> None:
    of["on"] = {"workflow_dispatch": None}


PREFIX = {"bynomi": "bynomi-prod-", "prize-draw": "prize-draw-prod-"}
B, P = PREFIX["bynomi"], PREFIX["prize-draw"]

# Clause -> what is changed of what runs: the clause's own figure, each time.
CHANGES: dict[str, list[Change]] = {
    "PD-1.1": [
        alter("test", "url", "https://www.prize-draw.example/old", name=f"{P}uptime-homepage"),
        alter("test", "live", False, name=f"{P}uptime-api-health"),
        alter("test", "message", "nobody hears of it", name=f"{P}uptime-homepage"),
        alter("test", "locations", ["pl:inside"], name=f"{P}uptime-homepage"),
    ],
    "PD-1.2": [
        without("alarm", name=f"{P}resources-server-site-memory"),
        without("alarm", name=f"{P}resources-database-draws-connections"),
        alter(
            "monitor",
            "query",
            replaced("anomalies(", "avg("),
            name=f"{P}services-site-latency-unusual-part",
        ),
        alter(
            "monitor", "query", replaced(".errors{", ".hits{"), name=f"{P}services-site-errors-part"
        ),
        without("subscription", protocol="email"),
    ],
    "PD-1.3": [
        alter("monitor", "query", replaced(".new()", ".impact()"), type="error-tracking alert"),
        alter("monitor", "query", replaced(".impact()", ".new()"), type="error-tracking alert"),
        without("front_end"),
        alter("monitor", "query", replaced('"all"', '"browser"'), type="error-tracking alert"),
    ],
    "PD-1.4": [
        alter("logs_index", "filter", "env:dev"),
        alter("logs_index", "excludes", [{"query": "*", "share": 1.0, "enabled": True}]),
        without("logs_pipeline"),
    ],
    "PD-1.5": [
        alter("monitor", "query", replaced("prize_draw.entries", "prize_draw.other")),
        alter("monitor", "query", replaced("week_before(", "("), name=f"{P}business-revenue-falls"),
        without("dashboard"),
    ],
    "PD-2.1": [
        cell("support", "triage", "severity of the bug", "loud", severity_of_the_bug="critical"),
        cell("support", "triage", "priority", "p3", severity_of_the_bug="critical"),
        cell("support", "triage", "owner", "–", severity_of_the_bug="low"),
        without_rows("support", "triage", severity_of_the_bug="high", impact="blocking"),
    ],
    "PD-2.2": [
        without("webhook"),
        alter("webhook", "payload", given(event_type="other")),
        alter("webhook", "payload", given(client_payload={"title": "$EVENT_TITLE"})),
        silent_of("p1"),
        alter_file(
            "workflow", lambda of: step(of, ",hotfix", ""), path=".github/workflows/ticket.yml"
        ),
    ],
    "PD-3.1": [
        alter_file(
            "dependabot", intervals("yearly"), path="examples/application/.github/dependabot.yml"
        ),
        alter_file(
            "workflow",
            lambda of: step(of, "npm audit", "npm ls"),
            path=".github/workflows/dependency_review.yml",
        ),
        alter_file(
            "workflow",
            triggers,
            path="examples/application/.github/workflows/dependency_review.yml",
        ),
    ],
    "PD-3.2": [
        alter("window_task", "given", given(Operation=["Scan"]), task="AWS-RunPatchBaseline"),
        alter("ops_window", "cron", "cron(0 3 1 1 ? *)"),
        without("patch_baseline"),
        alter("patch_baseline", "rules", [{"filters": {"CLASSIFICATION": ["Bugfix"]}}]),
        alter("schedule", "cron", "rate(90 days)", name=f"{P}image-scans-again"),
        without("function", name=f"{P}patching-compliance"),
        alter_file(
            "dependabot",
            intervals("yearly"),
            path="examples/application/.github/dependabot.yml",
        ),
    ],
    "PD-4.1": [
        alter("backup_rule", "cron", "cron(0 3 ? * 1 *)", rule="daily"),
        without("backup_rule", rule="daily"),
    ],
    "PD-4.2": [
        alter("restore_test", "cron", "cron(0 6 1 1,7 ? *)"),
        alter("restore_test", "protects", []),
        without("event_rule"),
    ],
    "PD-4.3": [
        alter("backup_rule", "keep_days", 6, rule="daily"),
        alter("backup_rule", "keep_days", 28, rule="weekly"),
        alter("backup_rule", "keep_days", 365, rule="monthly"),
        alter("backup_rule", "cron", "cron(0 3 1 1 ? *)", rule="monthly"),
    ],
    "PD-4.4": [alter("backup_rule", "managed_by", ""), without("backup_rule")],
    "PD-5.1": [
        cell("support", "enquiries", "answered within", "3 days"),
        cell("support", "enquiries", "aimed at", "2 days"),
        page("support", "business hours", "hours"),
        cell("support", "channels", "tier", "nobody"),
    ],
    "PD-5.2": [
        lambda of: of.files.update(
            runbook=[e for e in of.files["runbook"] if e["name"] != "server-cpu"]
        ),
        alter("alarm", "says", "no page", name=f"{P}resources-server-site-cpu"),
    ],
    "BY-1.1": [
        alter_file("dependabot", intervals("weekly"), path=".github/dependabot.yml"),
        alter_file(
            "workflow", lambda of: step(of, ".ci/run", "true"), path=".github/workflows/test.yml"
        ),
        alter_file("workflow", triggers, path=".github/workflows/test.yml"),
    ],
    "BY-1.2": [
        alter_file(
            "dependabot", intervals("monthly"), path="examples/application/.github/dependabot.yml"
        ),
        alter_file(
            "dependabot", intervals("quarterly"), path="examples/application/.github/dependabot.yml"
        ),
    ],
    "BY-1.3": [
        alter("window_task", "given", given(Operation=["Scan"]), task="AWS-RunPatchBaseline"),
        alter("ops_window", "cron", "cron(0 1 1 1 ? *)"),
        alter("patch_baseline", "rules", []),
        alter(
            "function",
            "environment",
            lambda was: {**was, "GROUPS": '{"web": {"groups": ["another"]}}'},
            name=f"{B}patching-compliance",
        ),
    ],
    "BY-1.4": [
        lambda of: of.prod.update(
            schedule=[{**e, "cron": "rate(30 days)"} for e in of.prod["schedule"]]
        ),
        lambda of: of.prod.update(schedule=[{**e, "enabled": False} for e in of.prod["schedule"]]),
    ],
    "BY-1.5": [
        lambda of: of.prod.update(
            schedule=[{**e, "cron": "cron(0 10 1 * ? *)"} for e in of.prod["schedule"]]
        ),
        lambda of: of.prod.update(
            schedule=[e for e in of.prod["schedule"] if e["calls"] != "createOpsItem"]
        ),
        alter("team", "people", [], handle=f"{B}operations"),
        without("subscription", topic=f"{B}alerts-p3"),
    ],
    "BY-2.1": [
        alter("dashboard", "queries", lambda q: [e for e in q if "read_latency" not in e]),
        alter("dashboard", "queries", lambda q: [e for e in q if "cwagent" not in e]),
    ],
    "BY-2.2": [
        lambda of: [e.update(paths=["/other"]) for e in of.prod["redirect"]],
        lambda of: ([e.update(to="elsewhere.example/x") for e in of.of["staging"]["redirect"]]),
    ],
    "BY-2.3": [
        alter("monitor", "query", replaced("> 1", "> 2"), name=f"{B}services-web-latency-part"),
        alter(
            "monitor",
            "query",
            replaced("* 100 > 1", "* 100 > 5"),
            name=f"{B}services-web-errors-part",
        ),
        alter("alarm", "threshold", 85.0, name=f"{B}resources-server-web-cpu"),
        alter("alarm", "threshold", 81.0, name=f"{B}resources-database-orders-cpu"),
        alter("alarm", "threshold", 90.0, name=f"{B}resources-server-web-memory"),
        alter("alarm", "threshold", 1.0, name=f"{B}resources-database-orders-memory"),
        alter("alarm", "threshold", 1600.0, name=f"{B}resources-database-orders-connections"),
        alter("alarm", "threshold", 90.0, name=f"{B}resources-database-orders-proxy-connections"),
        alter("alarm", "topics", [], name=f"{B}resources-server-web-cpu"),
        alter("monitor", "message", "to nobody", name=f"{B}services-web-latency"),
    ],
    "BY-2.4": [
        without("front_end"),
        alter("monitor", "query", replaced("@issue.id", "service"), type="error-tracking alert"),
    ],
    "BY-2.5": [
        alter(
            "monitor", "query", replaced("@error.type", "@error.kind"), type="error-tracking alert"
        ),
        alter("monitor", "message", replaced("@slack-", "slack "), type="error-tracking alert"),
    ],
    "BY-2.6": [
        alter("monitor", "priority", 5, type="error-tracking alert", priority=4),
        alter("monitor", "tags", ["severity:p9"], type="error-tracking alert", priority=1),
    ],
    "BY-2.7": [
        alter("test", "seconds", 300, name=f"{B}uptime-checkout"),
        alter("test", "url", "https://www.bynomi.com/basket", name=f"{B}uptime-cart"),
        without("test", name=f"{B}uptime-api-health"),
    ],
    "BY-2.8": [
        alter("test", "message", replaced("@slack-", "slack "), name=f"{B}uptime-cart"),
        without("subscription", protocol="sms"),
        alter("test", "message", "@slack-x @sns-x", name=f"{B}uptime-homepage"),
    ],
    "BY-2.9": [alter("logs_index", "keep_days", 15), without("logs_index")],
    "BY-2.10": [
        alter("logs_index", "excludes", []),
        alter("logs_index", "excludes", [{"query": "status:debug", "share": 0.9, "enabled": True}]),
        alter(
            "logs_index",
            "excludes",
            lambda was: [*was, {"query": "status:info", "share": 1.0, "enabled": True}],
        ),
        lambda of: [e.update(excludes=[]) for e in of.of["staging"]["logs_index"]],
    ],
    "BY-2.11": [
        alter("schedule", "cron", "cron(0 10 1 * ? *)", name=f"{B}logs-review-item"),
        alter("schedule", "enabled", False, name=f"{B}logs-review-reminder"),
        without("subscription", topic=f"{B}alerts-p3"),
    ],
    "BY-3.1": [
        alter("ops_window", "cron", "cron(0 4 ? * WED *)", name=f"{B}windows-weekly"),
        alter("ops_window", "hours", 3, name=f"{B}windows-weekly"),
        alter("monitor", "tags", lambda was: [*was, "quiet:weekly"]),
        alter("downtime", "timezone", "UTC"),
        lambda of: of.prod.update(
            mute_rule=[e for e in of.prod["mute_rule"] if "weekly" not in e["name"]]
        ),
    ],
    "BY-3.2": [
        alter("schedule", "given", notice("weekly", ahead=12 * 3600), name=f"{B}notices-keep"),
        alter("schedule", "given", notice("weekly", by=["email"]), name=f"{B}notices-keep"),
        without("distribution"),
        alter("distribution", "comment", f"{B}another"),
    ],
    "BY-3.3": [
        alter("ops_window", "cron", "cron(0 1 ? * SUN#2 *)", name=f"{B}windows-monthly"),
        alter("ops_window", "enabled", False, name=f"{B}windows-monthly"),
        lambda of: of.prod.update(
            mute_rule=[{**e, "duration": "PT1H"} for e in of.prod["mute_rule"]]
        ),
    ],
    "BY-3.4": [
        alter("schedule", "given", notice("monthly", ahead=48 * 3600), name=f"{B}notices-keep"),
        alter("schedule", "given", notice("monthly", by=["banner"]), name=f"{B}notices-keep"),
        without("subscription", topic=f"{B}notices"),
    ],
    "BY-3.5": [
        alter("backup_rule", "cron", "cron(0 3 * * ? *)", rule="daily"),
        alter("backup_rule", "timezone", "UTC", rule="daily"),
        alter("backup_rule", "protects", [], rule="daily"),
    ],
    "BY-3.6": [alter("backup_rule", "cron", "cron(0 5/8 * * ? *)", rule="six-hourly")],
    "BY-3.7": [
        alter("backup_rule", "keep_days", 29, rule="six-hourly"),
        alter("backup_rule", "keep_days", 7, rule="daily"),
    ],
    "BY-3.8": [
        alter("restore_test", "cron", "cron(0 6 1 * ? *)", plan="bynomi_prod_database_weekly"),
        without("restore_test", plan="bynomi_prod_files_weekly"),
        alter("event_rule", "enabled", False, name=f"{B}database-weekly-verdict"),
    ],
    "BY-3.9": [
        alter("backup_rule", "keep_days", 89, plan=f"{B}files-use1", rule="daily"),
        alter("backup_rule", "protects", lambda was: was[:1], plan=f"{B}files-use1"),
        alter("backup_rule", "cron", "cron(0 4 ? * 1 *)", plan=f"{B}files-use1", rule="daily"),
    ],
    "BY-3.10": [
        without("window_task", name=f"{B}orders-care-indexes"),
        alter("ops_window", "cron", "cron(0 3 1 * ? *)", name=f"{B}windows-weekly"),
        lambda of: [e["environment"].pop("CARE", None) for e in of.prod["function"]],
    ],
    "BY-4.1": [
        cell("releases", "how-releases-come", "planned before", "41 days", release="major"),
        cell("releases", "how-releases-come", "frozen before", "4 days", release="minor"),
        cell("releases", "how-releases-come", "every", "year", release="minor"),
        without_rows("releases", "the-coming-year", what="freeze"),
        without_rows("releases", "the-coming-year", what="notice"),
    ],
    "BY-4.2": [
        alter_file(
            "workflow",
            lambda of: step(of, "plan.gate", "plan.gone"),
            path=".github/workflows/deploy.yml",
        ),
        alter_file(
            "workflow",
            lambda of: step(of, "operate.verify", "operate.hope"),
            path=".github/workflows/deploy.yml",
        ),
        alter_file(
            "workflow",
            lambda of: [j.update(environment="") for j in of["jobs"]],
            path=".github/workflows/deploy.yml",
        ),
        alter_file(
            "workflow",
            lambda of: [j.update(needs=[]) for j in of["jobs"]],
            path=".github/workflows/deploy.yml",
        ),
        alter_file(
            "workflow", lambda of: step(of, ".ci/run", "true"), path=".github/workflows/test.yml"
        ),
        answers("ruleset", "reviews", 0),
        alter(
            "monitor",
            "query",
            replaced("last_1d", "last_2h"),
            name=f"{B}release-watch-nothing-deployed",
        ),
    ],
    "BY-4.3": [
        alter_file(
            "workflow",
            lambda of: step(of, "--hotfix", "--any"),
            path=".github/workflows/deploy.yml",
        ),
        answers("gate", "held", 71, hours=72),
        answers("gate", "hotfixes", 0, hours=168),
        answers("gate", "after", False, hours=72),
    ],
    "BY-4.4": [
        alter_file(
            "workflow",
            lambda of: step(of, "git-cliff", "echo"),
            path=".github/workflows/version.yml",
        ),
        answers("branch", "allowed", False, head="feature/cart", base="develop"),
        answers("branch", "allowed", True, head="feature/cart", base="main"),
        answers("branch", "allowed", True, head="anything", base="main"),
        lambda of: of.files.update(branch=[]),
        alter_file("ruleset", lambda of: of["branches"].remove("develop"), reviews=1),
    ],
    "BY-5.1": [
        cell("support", "channels", "phone", "a number", channel="hotline"),
        cell("support", "channels", "hours", "business", channel="hotline"),
        cell("support", "channels", "mail", "support@bynomi.com", channel="admins"),
        without_rows("support", "channels", channel="portal"),
    ],
    "BY-5.2": [
        without("team", handle=f"{B}technical-support"),
        alter("on_call_schedule", "layers", [], name=f"{B}on-call-support"),
    ],
    "BY-5.3": [
        alter(
            "escalation_policy",
            "steps",
            lambda was: [{**e, "seconds": 3600} for e in was],
            name=f"{B}on-call-operations",
        ),
        alter("routing_rule", "hours", [], query="tags.severity:p1"),
        alter("routing_rule", "hours", ["monday 09:00-17:00"], query="", team=f"{B}operations"),
        alter("routing_rule", "waits", False, query="tags.severity:p1"),
        silent_of("p2"),
        without("webhook"),
        answers("deadline", "by", "2027-03-02 11:00", severity="p2", at="2027-03-01 10:00"),
        answers("deadline", "by", "2027-03-04 10:00", severity="p3", at="2027-03-01 10:00"),
        answers("deadline", "by", "2027-03-09 17:00", severity="p1", at="2027-03-06 22:00"),
        lambda of: of.files.update(
            workflow=[e for e in of.files["workflow"] if "deadlines" not in e["path"]]
        ),
    ],
    "BY-5.4": [
        alter(
            "escalation_policy", "steps", lambda was: was[:2], name=f"{B}on-call-technical-support"
        ),
        without("escalation_policy", name=f"{B}on-call-support"),
    ],
    "BY-5.5": [
        alter("incident_type", "description", replaced("data loss", "trouble")),
        alter("incident_type", "description", replaced("is P1:", "is P2:")),
        without_rows("incidents", "from-the-alert-to-the-review", step="investigate"),
        cell("incidents", "from-the-alert-to-the-review", "by", "–", step="review"),
    ],
    "BY-5.6": [
        alter("incident_template", "content", replaced("Root cause", "Weather"), kind="review"),
        lambda of: (
            [
                e["environment"].update(SEVERITIES='{"SEV-1": "p0"}')
                for e in of.prod["function"]
                if "SEVERITIES" in e["environment"]
            ]
            and None
        ),
        lambda of: of.prod.update(
            alarm=[e for e in of.prod["alarm"] if e["metrics"][0]["name"] != "ReviewOwedAge"]
        ),
    ],
    "BY-6.1": [
        alter("document", "steps", slower("decide"), name=f"{B}database-failure-orders"),
        alter("document", "steps", slower("scale"), name=f"{B}application-server-failure-web"),
        alter("document", "steps", rename_step("verify_name"), name=f"{B}database-failure-orders"),
        without("document", name=f"{B}application-server-failure-web"),
        without("alarm", name=f"{B}product-images-usw2-behind"),
        cell("recovery", "recovery-times", "promised", "2 hours", of="checkout"),
    ],
    "BY-6.2": [
        lambda of: of.prod.update(
            backup_rule=[e for e in of.prod["backup_rule"] if not e["continuous"]]
        ),
        alter("alarm", "threshold", 1200.0, name=f"{B}orders-usw2-1-lag"),
        without("replica"),
        without("backup_rule", rule="six-hourly"),
        without("backup_rule", plan=f"{B}files-use1", rule="two-hourly"),
    ],
    "BY-6.3": [
        without("replica"),
        alter(
            "document", "steps", rename_step("rebuild_indexes"), name=f"{B}database-failure-orders"
        ),
        alter("document", "region", "us-east-1", name=f"{B}database-failure-orders"),
        alter("document", "steps", idle("promote"), name=f"{B}database-failure-orders"),
        alter("document", "steps", idle("restore"), name=f"{B}database-failure-orders"),
        alter("document", "steps", idle("verify_data"), name=f"{B}database-failure-orders"),
        without("function", name=f"{B}runbooks-looks-into-orders"),
        alter("document", "steps", lambda was: was[::-1], name=f"{B}database-failure-orders"),
    ],
    "BY-6.4": [
        alter("server_group", "wanted", 0, region="us-west-2"),
        alter("record", "health", False, failover="PRIMARY"),
        alter(
            "document",
            "steps",
            rename_step("open_switch"),
            name=f"{B}application-server-failure-web",
        ),
        alter("document", "steps", idle("deploy_code"), name=f"{B}application-server-failure-web"),
    ],
    "BY-6.5": [
        without("record", name="return.www.bynomi.com", set="standby"),
        alter("document", "steps", rename_step("activate_team"), name=f"{B}complete-outage"),
        alter("document", "steps", idle("servers_web"), name=f"{B}complete-outage"),
        without("document", name=f"{B}database-failure-orders"),
    ],
    "BY-7.1": [
        without("datadog_role"),
        lambda of: of.prod.update(role=[e for e in of.prod["role"] if "access" not in e["name"]]),
        alter("datadog_role", "permissions", lambda was: [*was, "monitors_write"]),
    ],
    "BY-7.2": [
        lambda of: of.files.update(page=[e for e in of.files["page"] if e["key"] != "services"]),
        without_handbook,
        cell("services", "what-they-stand-on", "known as", "instance: old", name="orders"),
        cell("services", "services", "runs on", "–", service="web"),
        alter_file(
            "runbook",
            lambda of: of.update(text=of["text"].replace("fence_primary", "fence")),
            name="database-failure-orders",
            stack="prod",
        ),
        without_rows("routes", "alerts", alert="uptime-cart"),
        cell("routes", "alerts", "severity", "p3", alert="resources-server-web-cpu"),
    ],
    "BY-7.3": [
        cell("contacts", "people", "mail", "somebody", who="devops-lead"),
        cell("contacts", "whom-to-ask", "role", "Somebody", who="product-owner"),
        cell("contacts", "service-providers", "account", "–", **{"for": "payment"}),
        without("subscription", protocol="email"),
        alter("subscription", "endpoint", "stranger@bynomi.com", topic=f"{B}alerts-p1"),
        alter(
            "on_call_schedule",
            "layers",
            [{"name": "x", "people": ["stranger@bynomi.com"], "every_days": 7}],
            name=f"{B}on-call-support",
        ),
    ],
}

MUTATIONS = [
    pytest.param(id_, number, id=f"{id_}-{number}")
    for id_, changes in CHANGES.items()
    for number in range(len(changes))
]


def test_every_clause_has_a_predicate_and_a_change_that_makes_it_fall() -> None:
    assert set(CLAUSES) == set(PREDICATES) == set(CHANGES)
    assert len(CLAUSES) == 59
    assert all(CHANGES.values())


@pytest.mark.parametrize("id_", CLAUSES)
def test_a_clause_is_kept_by_what_is_declared(id_: str) -> None:
    assert kept(CLAUSES[id_], company(CLAUSES[id_])) == ()


@pytest.mark.parametrize(("id_", "number"), MUTATIONS)
def test_a_clause_falls_with_its_figure(id_: str, number: int) -> None:
    of = company(CLAUSES[id_])
    CHANGES[id_][number](of)
    assert kept(CLAUSES[id_], of)


@pytest.mark.parametrize("id_", CLAUSES)
def test_nothing_keeps_a_clause_where_nothing_is(id_: str) -> None:
    clause = CLAUSES[id_]
    judged = judge_one(clause, company(clause).emptied())
    assert not judged.kept
    assert judged.missing
    assert judged.evidence == ()


def figures_of(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[tuple[Any, ...], Any]]:
    """Every figure of a clause, with where it stands."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from figures_of(inner, (*path, key))
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from figures_of(inner, (*path, index))
    else:
        yield path, value


def changed(clause: Clause, path: tuple[Any, ...], value: Any) -> Clause:
    figures = copy.deepcopy(dict(clause.figures))
    node: Any = figures
    for part in path[:-1]:
        node = node[part]
    node[path[-1]] = value
    return Clause(clause.id, clause.plan, clause.asks, clause.answer, clause.entries, figures)


# Any of a list would do: another one in its place asks for nothing more.
ALTERNATIVES = {("PD-3.1", "every"), ("PD-3.2", "every")}
FIGURES = [
    pytest.param(each, path, value, id=f"{each.id}-{'.'.join(map(str, path))}")
    for each in CLAUSES.values()
    for path, value in figures_of(each.figures)
    if (each.id, path[0]) not in ALTERNATIVES
]


@pytest.mark.parametrize(("clause", "path", "value"), FIGURES)
def test_every_figure_of_a_clause_counts(clause: Clause, path: tuple[Any, ...], value: Any) -> None:
    if isinstance(value, int | float):
        others: list[Any] = [value * 100, value / 100]
    elif re.fullmatch(r"\d\d:\d\d", value):
        others = ["04:30"]
    else:
        others = [f"{value} not so"]
    of = company(clause)
    assert any(kept(changed(clause, path, other), of) for other in others)


@pytest.mark.parametrize("id_", CLAUSES)
def test_a_stranger_finds_every_piece_of_evidence(id_: str) -> None:
    """By a command, an address or a file, each of which is there."""
    clause = CLAUSES[id_]
    seen = declared_by(clause.plan)
    judged = judge_one(clause, seen, Places(seen))
    for says, places in judged.pieces:
        assert places, says
        for place in places:
            known = place.startswith(("aws ", "Datadog GET /api/", "https://"))
            assert known or (PROJECT / place).is_file(), place


def test_a_thing_is_looked_at_where_it_is() -> None:
    places = Places(declared_by("bynomi"))
    assert places.of(f"runbook {B}complete-outage: 3 steps") == (
        f"aws ssm get-document --name {B}complete-outage --region us-west-2",
    )
    assert places.of(f"function {B}notices-keep; .github/workflows/deploy.yml, job prod") == (
        f"aws scheduler get-schedule --name {B}notices-keep --region us-east-1",
        f"aws lambda get-function-configuration --function-name {B}notices-keep --region us-east-1",
        ".github/workflows/deploy.yml",
    )
    assert places.of("all of it is fine") == ()


def test_the_commands_are_those_of_awss_client() -> None:
    session = botocore.session.get_session()
    for kind, (_, command) in look.AWS.items():
        service, operation, *options = shlex.split(command)
        model = session.get_service_model(service)
        called = {xform_name(name, "-"): name for name in model.operation_names}
        shape = model.operation_model(called[operation]).input_shape
        known = {xform_name(name, "-") for name in (shape.members if shape else ())}
        asked = {each.removeprefix("--") for each in options if each.startswith("--")}
        assert asked - {"query"} <= known, kind


def test_the_paths_are_those_of_datadogs_api() -> None:
    known = set()
    for version in (v1, v2):
        for module in pkgutil.iter_modules(version.__path__):
            text = Path(version.__path__[0], f"{module.name}.py").read_text(encoding="utf-8")
            known |= set(re.findall(r'"endpoint_path": "([^"]+)"', text))
    wanted = {re.sub(r"\{[^}]*\}", "{}", path) for path in known}
    for kind, (_, path) in look.DATADOG.items():
        assert re.sub(r"\{[^}]*\}", "{}", path.partition("?")[0]) in wanted, kind


@pytest.mark.parametrize("id_", CLAUSES)
def test_an_entry_that_answers_a_clause_is_in_the_plan(id_: str) -> None:
    clause = CLAUSES[id_]
    elsewhere = Clause(
        clause.id, clause.plan, clause.asks, clause.answer, ("no.such.chapter",), clause.figures
    )
    assert "the stack file has no no.such.chapter" in kept(elsewhere, company(clause))


@pytest.mark.parametrize(
    ("expression", "every"),
    [
        ("cron(0 2 * * ? *)", "day"),
        ("cron(0 5/6 * * ? *)", "6 hours"),
        ("cron(0 3 ? * WED *)", "week"),
        ("cron(0 1 ? * SUN#1 *)", "month"),
        ("cron(0 9 1 1/3 ? *)", "quarter"),
        ("cron(0 9 1 3 ? *)", "year"),
        ("rate(7 days)", "week"),
        ("cron(0 9 29 2 ? *)", "once in two years"),
        ("cron(0 9 ? * MON,THU *)", "208 times in two years"),
        ("every day", "no schedule (every day)"),
    ],
)
def test_how_often_a_schedule_comes(expression: str, every: str) -> None:
    assert clock.often(expression) == every


# ---- what the files of a repository answer -------------------------------------------------------


def test_the_script_of_the_branches_is_run(tmp_path: Path) -> None:
    workflows = tmp_path / ".github" / "workflows"
    workflows.mkdir(parents=True)
    text = (PROJECT / ".github/workflows/branches.yml").read_text(encoding="utf-8")
    (workflows / "branches.yml").write_text(
        text.replace("default: release/* hotfix/* dependabot/*", "default: feature/*"),
        encoding="utf-8",
    )
    found = Repository(tmp_path, {}).of("branch")
    into_main = {each["head"] for each in found if each["base"] == "main" and each["allowed"]}
    assert into_main == {"feature/cart"}
    assert {each["path"] for each in found} == {".github/workflows/branches.yml"}


def test_deadlines_and_the_gate_are_those_of_the_stack_file(tmp_path: Path) -> None:
    file = tmp_path / "Pulumi.prod.yaml"
    text = (PROJECT / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    assert "planning: 6 weeks, freeze: 1 week" in text
    assert "respond_within: 8 hours" in text
    text = text.replace("respond_within: 8 hours", "respond_within: 7 hours")
    file.write_text(
        text.replace("planning: 6 weeks, freeze: 1 week", "planning: 6 weeks, freeze: 1 day"),
        encoding="utf-8",
    )
    # What a handbook says of a freeze, and what is one by now.
    pages = tmp_path / "handbook"
    pages.mkdir()
    (pages / "releases.html").write_text(
        '<h2 id="the-coming-year">The coming year</h2><table>'
        "<tr><th>from</th><th>until</th><th>what</th><th>which</th></tr>"
        "<tr><td>Sun 2026-12-27 01:00 EST</td><td>Sun 2027-01-03 01:00 EST</td><td>freeze</td>"
        "<td>code freeze for the <b>major</b> release of 2027-01-03</td></tr></table>",
        encoding="utf-8",
    )
    repository = Repository(tmp_path, {"prod": pages}, {"prod": file})
    by = {(each["severity"], each["at"]): each["by"] for each in repository.of("deadline")}
    assert by["p2", "2027-03-01 10:00"] == "2027-03-01 17:00"
    (gate,) = repository.of("gate")
    assert gate["of"] == "code freeze for the major release of 2027-01-03"
    assert gate["hours"] == gate["hotfixes"] == 168
    # The window of Wednesday is open again.
    assert 24 <= gate["held"] < 168
    assert gate["after"]
