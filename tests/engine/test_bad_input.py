"""Bad input: one edit of a shipped stack file, and exactly what somebody reads.

Each through the check, which needs no engine, and through the engine, by `preview` and by `up`:
both say the same, nobody sees a traceback, and nothing reaches a cloud.
"""

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.server import Addresses
from tests.engine.conftest import MakeClient, creates
from tools.upkeep.engine import Engine
from tools.upkeep.paths import PROJECT
from tools.upkeep.pulumi import Pulumi, Result

Edits = list[tuple[str, str]]

SET = "set it: `pulumi config set --secret upkeep:"
COLD = "AWS Backup, Lifecycle.MoveToColdStorageAfterDays"
FILES_DAILY = (
    "keep: 90 days, copy: [{to: recovery, keep: 90 days},\n"
    + 63 * " "
    + "{to: account, keep: 90 days}]}"
)
SIX_HOURLY = (
    'six-hourly: {every: 6 hours, at: "05:00", keep: 30 days, copy: {to: account, keep: 30 days}}'
)
POINT_IN_TIME = "      point_in_time: {keep: 30 days}\n"
# Staging's replica follows another database, so nothing takes over from its own any more.
OF_REPORTS = [
    ("      of: orders\n      in: primary\n", "      of: reports\n      in: primary\n"),
    ("      successor: orders-use1-2\n", ""),
    ("    database_failure:\n      orders: {keep_backups: 7 days}\n", ""),
]


@dataclass(frozen=True)
class Bad:
    """An edit of a shipped stack file, and the faults that it has to be told by, in order.

    engine: what the engine says by itself, where it cannot read the file and so starts no program.
    """

    name: str
    edits: Edits
    faults: list[str]
    stack: str = "prod"
    engine: str = ""


CASES = [
    Bad(
        "cold storage with too short a retention",
        [(FILES_DAILY, "keep: 100 days, cold_after: 30 days}")],
        [
            "backups.files.tiers.daily.keep = 100 days: what moves to cold storage after 30 days "
            f"stays there 90 days at least ({COLD}); `keep: 120 days` at least"
        ],
    ),
    Bad(
        "cron",
        [('{every: day, at: "02:00",', '{cron: "0 2 * * *",')],
        [
            "backups.database.tiers.daily.cron = 0 2 * * *: a cron expression; the plan speaks in "
            'words; write `every: day`, `at: "02:00"`'
        ],
    ),
    Bad(
        "cron as an interval",
        [('every: day, at: "02:00"', 'every: "cron(0/30 * * * ? *)"')],
        [
            "backups.database.tiers.daily.every = cron(0/30 * * * ? *): a cron expression; the "
            "plan speaks in words; write `every: 1 hour` (AWS Backup, backup frequency: hourly at "
            "most), or add `point_in_time`"
        ],
    ),
    Bad(
        "overlapping rules that lose a backup",
        [('at: "02:00", keep: 30 days, copy', 'at: "04:30", keep: 31 days, copy')],
        [
            "backups.database.tiers.six-hourly: is not always taken: its start window 05:00-06:00 "
            "overlaps that of `daily` 04:30-05:30, first on 2027-01-01, and AWS Backup takes only "
            "the backup kept longer (six-hourly 30 days, daily 31 days); start `six-hourly` "
            "outside 04:30-05:30"
        ],
    ),
    Bad(
        "a replica of a source that nothing backs up",
        [
            (
                "    databases:\n",
                "    databases:\n      reports: {instance: orders-staging-use1-1, "
                "subnet_group: bynomi-staging, security_group: bynomi-staging-database}\n",
            ),
            *OF_REPORTS,
        ],
        [
            "replicas.orders-use1-2.of: no backup protects reports, and RDS replicates no source "
            "without backups; protect it: `backups.<name>.protects.databases: [reports]`"
        ],
        stack="staging",
    ),
    Bad(
        "a percentage of 180",
        [("cpu: {above: 80 %", "cpu: {above: 180 %")],
        [
            "monitoring.alert_when.cpu.above = 180 %: a percentage lies above 0 and at most at "
            "100; at most `100 %`"
        ],
    ),
    Bad(
        "a check without scheme",
        [("url: https://www.bynomi.com/cart}", "url: www.bynomi.com/cart}")],
        [
            "uptime.checks.cart.url = www.bynomi.com/cart: an address without its scheme; write "
            "`https://www.bynomi.com/cart`"
        ],
    ),
    Bad(
        "two tiers of one name",
        [("        six-hourly:", "        daily:")],
        [
            "backups.database.tiers.daily: stands twice, on line {first} and on line {second}; "
            "give each its own name, or leave one out"
        ],
        engine='  line {second}: mapping key "daily" already defined at line {first}',
    ),
    Bad(
        "an unknown time zone",
        [("timezone: America/New_York", "timezone: America/New_Yrok")],
        ["timezone = America/New_Yrok: not a time zone; did you mean `America/New_York`?"],
    ),
    Bad(
        "a bare EST",
        [("timezone: America/New_York", "timezone: EST")],
        [
            "timezone = EST: `EST` does not say whose clocks: read by the letter it is UTC-5 all "
            "year, without summer time; write `America/New_York` for New York's clocks, or "
            "`Etc/GMT+5` for UTC-5 all year"
        ],
    ),
    Bad(
        "a missing secret that the plan names",
        [("  upkeep:onCallPhone:\n", "  other:onCallPhone:\n")],
        [
            f"{path} = onCallPhone: no such secret in the stack file; {SET}onCallPhone`"
            for path in (
                "people.devops-lead.phone",
                "severities.p0.sms.0",
                "severities.p1.sms.0",
            )
        ],
    ),
    Bad(
        "a missing secret that the program needs",
        [("  upkeep:datadogApiKey:\n", "  other:datadogApiKey:\n")],
        [f"datadogApiKey: no such secret in the stack file; {SET}datadogApiKey`"],
    ),
    Bad(
        "a stack file that is not YAML",
        [("  upkeep:regions:\n", "  upkeep:regions: [\n")],
        ["Pulumi.prod.yaml, line {regions}, column 13: not YAML: did not find expected ',' or ']'"],
        # It names neither file nor the right line: that is what the check is for.
        engine="error: getting stack configuration: invalid YAML file: yaml: ",
    ),
    Bad(
        "a region that equals the recovery region",
        [("recovery: us-west-2", "recovery: us-east-1")],
        [
            "regions.recovery = us-east-1: equals the primary region: what fails there fails here "
            "too; name another region"
        ],
    ),
    Bad(
        "a retention below the promised one",
        [("point_in_time: {keep: 30 days}", "point_in_time: {keep: 3 days}")],
        [
            "objectives.retention.orders: promises backups of orders for 30 days, but they are "
            "kept 3 days (backups.database.point_in_time.keep); cheapest remedy: "
            "`backups.database.point_in_time.keep: 30 days`"
        ],
    ),
    Bad(
        "Bynomi's schedule as its plan has it: a promise that cannot be kept",
        [(POINT_IN_TIME, "")],
        [
            f"objectives.data.{which}: promises an RPO of {promised} for {of}, but after "
            "corruption or deletion up to 8 hours are lost: 6 hours between two backups (plan) + "
            "2 hours until the later one is complete (plan); cheapest remedy: "
            "`backups.database.point_in_time: {keep: 30 days}`, which gives 5 minutes, for less "
            "than $1 a month"
            for which, promised, of in (
                ("critical", "15 minutes", "orders, payments"),
                ("important", "6 hours", "product catalog, user profiles"),
            )
        ],
    ),
    Bad(
        "unknown keys",
        [
            (SIX_HOURLY, SIX_HOURLY.replace("keep", "kepe", 1)),
            ("upkeep:windows:", "upkeep:windws:"),
        ],
        [
            "backups.database.tiers.six-hourly.keep: missing; required here",
            "backups.database.tiers.six-hourly.kepe: not a word of the plan; did you mean `keep`?",
            "windws: not a word of the plan; did you mean `windows`?",
        ],
    ),
    Bad(
        "a severity that reaches nobody",
        [
            (
                "      email: [dev@bynomi.com]\n      slack: [alerts]\n      tickets: github\n"
                "    p3:\n",
                "    p3:\n",
            )
        ],
        ["severities.p2: reaches nobody; name an `email`, an `sms` or a `slack` channel"],
    ),
    Bad(
        "faults of several chapters at once",
        [
            ("recovery: us-west-2", "recovery: us-east-1"),
            ("cpu: {above: 80 %", "cpu: {above: 180 %"),
            ("of: orders\n      in: recovery", "of: order\n      in: recovery"),
            ("slack: [incidents]", "slack: [incident]"),
        ],
        [
            "monitoring.alert_when.cpu.above = 180 %: a percentage lies above 0 and at most at "
            "100; at most `100 %`",
            "regions.recovery = us-east-1: equals the primary region: what fails there fails here "
            "too; name another region",
            "replicas.orders-usw2-1.of = order: no such database in `estate.databases`; did you "
            "mean `orders`?",
            *(
                f"severities.{level}.slack.0 = incident: no such channel in `slack.channels`; did "
                "you mean `incidents`?"
                for level in ("p0", "p1")
            ),
        ],
    ),
    Bad(
        "one mistake in each chapter on watching",
        [
            ("operation: web.request", "operation: Web Request"),
            ("new: {severity: p2}", "new: {severity: P2}"),
            ("of: last week, over: 1 hour", "of: yesterday, over: 1 hour"),
            ("warn_above: 20", "warn_above: 60"),
            ("availability: 99.9 %", "availability: 100 %"),
            ("SHOPPER: {secret: uptimeShopper}", "SHOPPER: hunter2"),
            ('[{see_element: "#payment-form"}, {see: Pay now}]', "[{click: Pay now}]"),
            ("{name: www.bynomi.com}", "{name: https://www.bynomi.com/}"),
            ("    address: bynomi\n", "    address: bynomi.com\n"),
            ("quiets: {services: [web]},", "quiets: [web],"),
            ("severities: [p0, p1]\n", "severities: [p0, p9]\n"),
            (
                '[devops-lead, lead-developer], every: week, on: Monday, at: "09:00"}',
                '[devops-lead, lead-developer], every: week, on: Mondays, at: "09:00"}',
            ),
            ("{webhook: {url", "{webhok: {url"),
            ("Papertrail\n      by: logs", "Papertrail\n      by: [logs]"),
            ("  upkeep:substitutes:\n", "  upkeep:tuned: {alert: x}\n  upkeep:substitutes:\n"),
            (
                "  upkeep:substitutes:\n",
                "  upkeep:adopt: {checks: {homepage: Homepage}}\n  upkeep:substitutes:\n",
            ),
            ("https://monitoring.bynomi.com/production", "http://monitoring.bynomi.com/production"),
        ],
        [
            "adopt.checks.homepage = Homepage: the public id of a synthetic test, as it stands in "
            "its address; such as `abc-def-ghi`",
            "business.orders.falls.of = yesterday: not taken here; write `last week`",
            "dashboards.address = http://monitoring.bynomi.com/production: an address without "
            "encryption, and the load balancer answers at 443; write "
            "`https://monitoring.bynomi.com/production`",
            "errors.new.severity = P2: not one of p0, p1, p2, p3; did you mean `p2`?",
            "logs.patterns.payment-declined.alert.warn_above = 60: warns above 60 and alerts above "
            "50: never before it; below 50",
            "on_call.operations.rotations.0.on = Mondays: not one of Monday, Tuesday, Wednesday, "
            "Thursday, Friday, Saturday, Sunday; did you mean `Monday`?",
            "route_tests.severities.1 = p9: not one of p0, p1, p2, p3",
            "service_levels.critical.availability = 100 %: leaves nothing that may fail, so "
            "nothing to alert on: above 0 and below 100 % [Datadog]; such as `99.9 %`",
            "services.web.operation = Web Request: the name of a span has lower-case words with "
            "points between them [Datadog, APM]; write `web.request`",
            "status_page.address = bynomi.com: what stands before `.statuspage.datadoghq.com`: "
            "lower-case letters, digits and hyphens, 63 at most [Datadog]; write `bynomi`",
            "substitutes.2.by = [logs]: one is named here, without a list; write `logs`",
            "tickets.github.webhok: not a word of the plan; did you mean `webhook`?",
            "tuned = {alert}: expected a list; write `-` before each entry",
            "uptime.browsers.payment.steps: looks at nothing, so cannot fail; add `see: some text`",
            "uptime.dns.www.name = https://www.bynomi.com/: the name of a host, without a scheme "
            "and without a path; write `www.bynomi.com`",
            "uptime.journeys.buy.secrets.SHOPPER: names a secret, whose value never stands in a "
            "plan; write `{secret: <name>}`, and `pulumi config set --secret upkeep:<name>`",
            "windows.weekly.quiets = [web]: expected a block of keys; keys here: services, "
            "servers, databases, alerts, up_to",
        ],
    ),
    Bad(
        "names in the chapters on watching that there are not",
        [
            ("owner: shop\n      datadog: bynomi-web", "owner: shpo\n      datadog: bynomi-web"),
            ("back_end: [web]", "back_end: [wbe]"),
            ("service_levels:\n    critical:", "service_levels:\n    crticial:"),
            ("judged_by: [api-health]", "judged_by: [api-helth]"),
            ("quiets: {services: [web]},", "quiets: {services: [wbe]},"),
            ("people: [devops-lead, lead-developer], every", "people: [devops-led], every"),
            ("by: uptime\n", "by: uptme\n"),
            ("/bynomi/prod/web: {service: web}", "/bynomi/prod/web: {service: wbe}"),
        ],
        [
            "errors.back_end.0 = wbe: no such service in `services`; did you mean `web`?",
            "logs.groups./bynomi/prod/web.service = wbe: no such service in `services`; did you "
            "mean `web`?",
            "on_call.operations.escalation.1.page = next on call: nobody: `devops-led` is the only "
            "one who is ever on call; write `on call`, or add somebody to the rotation",
            "on_call.operations.rotations.0.people.0 = devops-led: no such person in `people`; did "
            "you mean `devops-lead`?",
            "service_levels.crticial = crticial: no such class in `objectives.functions`; did you "
            "mean `critical`?",
            "services.web.owner = shpo: no such team in `teams`; did you mean `shop`?",
            "status_page.shows.2.judged_by.0 = api-helth: no such test in `uptime`; did you mean "
            "`api-health`?",
            "substitutes.0.by = uptme: no such chapter of the plan; did you mean `uptime`?",
            "windows.weekly.quiets.services.0 = wbe: no such name in `services`; did you mean "
            "`web`?",
        ],
    ),
    Bad(
        "a P0 that a window quiets",
        [("quiets: {services: [web]},", "quiets: {services: [web], up_to: p0},")],
        [
            "severities.p0: on Wednesday 2027-01-06 03:00 what CloudWatch sends reaches "
            "devops-lead after 2 hours, quiet in window `weekly`, of 15 minutes to answer in; on "
            "Wednesday 2027-01-06 03:00 what Datadog sends reaches devops-lead after 2 hours, "
            "quiet in window `weekly`, of 15 minutes to answer in; say `up_to: p1` in the "
            "window's `quiets`"
        ],
    ),
    Bad(
        "a service that lacks something, without an exemption",
        [
            (
                "checks: [homepage, product-pages, cart, checkout, api-health, journey-buy]\n",
                "checks: []\n",
            )
        ],
        [
            "services.web: web is not covered for uptime: no check asks it from outside; "
            "`checks: [<of uptime.checks>]`, or an entry of `exempt` with the reason and its last "
            "day"
        ],
    ),
]


# What only the cloud can tell: the check finds nothing wrong, the engine refuses.
MISSING = Bad(
    "estate items that do not exist, all at once",
    [
        ("address: https://monitoring.bynomi.com", "address: https://monitoring.bynomi.org"),
        ("address: notices.bynomi.com", "address: notices.bynomi.org"),
        ("bynomi-prod-product-images", "bynomi-prod-product-image"),
        ("datadog_role: bynomi-datadog", "datadog_role: bynomi-datadgo"),
        ("group: bynomi-prod-web\n        profile", "group: bynomi-prod-wbe\n        profile"),
        ("image: bynomi-web-2026.11", "image: bynomi-web-2026.12"),
        ("instance: orders-prod-use1-1", "instance: orders-prod-use1-9"),
        ("load_balancer: bynomi-prod-web", "load_balancer: bynomi-prod-wbe"),
        ("network: bynomi-prod", "network: bynomi-prdo"),
        ("profile: bynomi-prod-web", "profile: bynomi-prod-wbe"),
        ("proxy: bynomi-prod-orders", "proxy: bynomi-prod-ordres"),
        ("security_group: bynomi-prod-database", "security_group: bynomi-prod-databse"),
        ("serves: www.bynomi.com", "serves: www.bynomi.org"),
        ("subnet_group: bynomi-prod", "subnet_group: bynomi-prdo"),
        ("target_group: bynomi-prod-web", "target_group: bynomi-prod-wbe"),
        ("zone: bynomi.com", "zone: bynomi.org"),
    ],
    [
        "dashboards.address = https://monitoring.bynomi.org/production: not found in the estate: "
        "no issued certificate for monitoring.bynomi.org or *.bynomi.org (no matching ACM "
        "Certificate with domain *.bynomi.org found)",
        "dashboards.balancer = bynomi-prod-wbe: not found in the estate: no matching ELBv2 Load "
        "Balancer found for bynomi-prod-wbe",
        "estate.buckets.product-images = bynomi-prod-product-image: not found in the estate: no "
        "matching S3 Bucket found for bynomi-prod-product-image",
        "estate.databases.orders.instance = orders-prod-use1-9: not found in the estate: no "
        "matching RDS DB Instance found for orders-prod-use1-9",
        "estate.databases.orders.proxy = bynomi-prod-ordres: not found in the estate: no matching "
        "RDS DB Proxy found for bynomi-prod-ordres",
        *(
            f"estate.databases.orders.security_group = bynomi-prod-databse in {place} region: not "
            "found in the estate: no matching EC2 Security Group found for tags {'Name': "
            "'bynomi-prod-databse'}"
            for place in ("primary", "recovery")
        ),
        "estate.databases.orders.subnet_group = bynomi-prdo in primary region: not found in the "
        "estate: no matching RDS DB Subnet Group found for bynomi-prdo",
        "estate.databases.orders.subnet_group = bynomi-prdo in recovery region: not found in the "
        "estate: no matching RDS DB Subnet Group found for bynomi-prdo",
        "estate.datadog_role = bynomi-datadgo: not found in the estate: no matching IAM Role found "
        "for bynomi-datadgo",
        "estate.isolated = subnets tagged Tier=isolated in us-east-1: not found in the estate: no "
        "matching EC2 VPC found for tags {'Name': 'bynomi-prdo'}",
        *(
            f"estate.network = bynomi-prdo in {region}: not found in the estate: no matching EC2 "
            "VPC found for tags {'Name': 'bynomi-prdo'}"
            for region in ("us-east-1", "us-west-2")
        ),
        *(
            f"estate.private_zone = internal.bynomi.com asked by bynomi-prdo in {place} region: "
            "not found in the estate: no matching EC2 VPC found for tags {'Name': 'bynomi-prdo'}"
            for place in ("primary", "recovery")
        ),
        "estate.servers.web.group = bynomi-prod-wbe: not found in the estate: no matching Auto "
        "Scaling Group found for bynomi-prod-wbe",
        "estate.servers.web.load_balancer = bynomi-prod-wbe: not found in the estate: no matching "
        "ELBv2 Load Balancer found for bynomi-prod-wbe",
        "estate.servers.web.profile = bynomi-prod-wbe: not found in the estate: no matching IAM "
        "Instance Profile found for bynomi-prod-wbe",
        "estate.servers.web.target_group = bynomi-prod-wbe: not found in the estate: no matching "
        "ELBv2 Target Group found for bynomi-prod-wbe",
        "estate.zone = bynomi.org: not found in the estate: no matching Route 53 Hosted Zone found "
        "for bynomi.org",
        "notices.address = notices.bynomi.org: not found in the estate: no issued certificate for "
        "notices.bynomi.org or *.bynomi.org (no matching ACM Certificate with domain *.bynomi.org "
        "found)",
        "standby.web.image = bynomi-web-2026.12 in us-west-2: not found in the estate: Your query "
        "returned no results. Please change your search criteria.",
        "standby.web.serves = www.bynomi.org: not found in the estate: no issued certificate for "
        "www.bynomi.org or *.bynomi.org (no matching ACM Certificate with domain *.bynomi.org "
        "found)",
    ],
)
# What only the whole program can tell: names of alerts stand in no chapter.
UNDECLARED = Bad(
    "alerts that nothing declares",
    [
        (
            "config:\n",
            "config:\n  upkeep:tuned: [{alert: resources-database-order-cpu, above: 90 %, "
            'because: A reason that holds, until: "2099-01-01"}]\n',
        ),
        ("quiets: {services: [web]},", "quiets: {alerts: [uptime-homepge]},"),
    ],
    [
        "tuned.0.alert = resources-database-order-cpu: no alert of this stack has that name; did "
        "you mean `resources-database-orders-cpu`?",
        "windows.weekly.quiets.alerts = uptime-homepge: no alert of this stack has that name; did "
        "you mean `uptime-homepage`?",
    ],
)
NO_BACKUPS = Bad(
    "a replica of a source whose backups are off",
    [
        (
            "    databases:\n",
            "    databases:\n      reports: {instance: reports-staging-use1-1, "
            "subnet_group: bynomi-staging, security_group: bynomi-staging-database}\n",
        ),
        *OF_REPORTS,
        (
            "    files:\n",
            "    reports:\n      protects: {databases: [reports]}\n"
            '      tiers: {daily: {every: day, at: "06:00", keep: 7 days}}\n    files:\n',
        ),
    ],
    [
        "replicas.orders-use1-2.of: reports has a backup retention of 0 days, and RDS replicates "
        "no such source; set its backup retention above 0, or add `point_in_time`"
    ],
    stack="staging",
)


def written(bad: Bad, folder: Path) -> Path:
    """The shipped stack file with the edits, under its own name."""
    file = PROJECT / f"Pulumi.{bad.stack}.yaml"
    text = file.read_text(encoding="utf-8")
    for old, new in bad.edits:
        assert old in text, f"not in {file.name}: {old}"
        text = text.replace(old, new)
    target = folder / file.name
    target.write_text(text, encoding="utf-8")
    return target


def placed(text: str, file: Path) -> str:
    """A message with the line numbers of the file as it is."""
    lines = file.read_text(encoding="utf-8").splitlines()
    daily = [number for number, line in enumerate(lines, 1) if line.startswith("        daily:")]
    regions = [number for number, line in enumerate(lines, 1) if "recovery: us-" in line]
    for name, number in (("first", daily[0]), ("second", daily[1]), ("regions", regions[0])):
        text = text.replace(f"{{{name}}}", str(number))
    return text


def checked(file: Path) -> tuple[int, list[str]]:
    """How the check ended, and the faults and refused findings that it printed."""
    ran = subprocess.run(
        [sys.executable, "-m", "pulumi_upkeep.plan.check", str(file)],
        cwd=PROJECT / "components",
        capture_output=True,
        text=True,
    )
    assert ran.stderr == ""
    lines = re.findall(r"^  (?:fault    |refused  ) (.*?)(?: \[[a-z0-9-]+\])?$", ran.stdout, re.M)
    return ran.returncode, lines


def told(printed: str, about: str) -> list[str]:
    """The faults in what the engine printed."""
    counted = re.search(rf"^    error: {about}: (\d+) faults?\n((?:      .*\n)+)", printed, re.M)
    assert counted, printed
    lines = [line.strip() for line in counted[2].splitlines()]
    assert len(lines) == int(counted[1])
    return lines


@pytest.fixture(scope="module")
def fresh(
    engine: Engine, sandbox: Addresses, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[], Pulumi]:
    """Makes the CLI with two new stacks of which nothing is deployed."""
    settings = tmp_path_factory.mktemp("settings")
    (settings / "Pulumi.yaml").write_text("name: bynomi\nruntime: python\n", encoding="utf-8")
    for stack in ("prod", "staging"):
        name = f"Pulumi.{stack}.yaml"
        (settings / name).write_text((PROJECT / name).read_text(encoding="utf-8"), "utf-8")

    def make() -> Pulumi:
        pulumi = Pulumi(engine, tmp_path_factory.mktemp("state"), sandbox.environment)
        for stack in ("prod", "staging"):
            pulumi.run("stack", "init", stack, cwd=settings)
        return pulumi

    return make


@pytest.fixture(scope="module")
def engines(fresh: Callable[[], Pulumi]) -> dict[str, Pulumi]:
    """One for previews and one for ups, so that both can run at once."""
    return {"preview": fresh(), "up": fresh()}


def run(engines: dict[str, Pulumi], bad: Bad, file: Path, by: tuple[str, ...]) -> list[Result]:
    """How each command ended."""
    where = ["--stack", bad.stack, "--config-file", file]
    commands: dict[str, list[Any]] = {
        "preview": ["preview", *where],
        "up": ["up", "--yes", "--skip-preview", *where],
    }
    with ThreadPoolExecutor() as pool:
        ran = [
            pool.submit(engines[name].run, *command, check=False)
            for name, command in commands.items()
            if name in by
        ]
    return [each.result() for each in ran]


def changing_calls(addresses: Addresses) -> list[Any]:
    """Whatever has changed something in either cloud."""
    with urllib.request.urlopen(f"{addresses.dd_api_url}/_upkeep/creates") as answer:
        return [*creates(addresses), *json.load(answer)]


def refused(
    engines: dict[str, Pulumi],
    sandbox: Addresses,
    bad: Bad,
    file: Path,
    about: str,
    by: tuple[str, ...] = ("preview", "up"),
) -> None:
    """Assert that the engine refuses the file in exactly these words and does nothing else."""
    before = changing_calls(sandbox)
    for result in run(engines, bad, file, by):
        printed = result.stdout + result.stderr
        assert result.code != 0
        assert "Traceback" not in printed
        if bad.engine:
            assert placed(bad.engine, file) in printed
        else:
            assert told(printed, about) == [placed(fault, file) for fault in bad.faults]
    assert changing_calls(sandbox) == before


@pytest.mark.parametrize("bad", CASES, ids=lambda bad: bad.name)
def test_bad_input_is_refused_in_words_before_anything_is_made(
    engines: dict[str, Pulumi], sandbox: Addresses, tmp_path: Path, bad: Bad
) -> None:
    file = written(bad, tmp_path)
    assert checked(file) == (1, [placed(fault, file) for fault in bad.faults])
    refused(engines, sandbox, bad, file, "plan")


def test_what_is_not_in_the_estate_is_told_all_at_once(
    engines: dict[str, Pulumi], sandbox: Addresses, tmp_path: Path
) -> None:
    file = written(MISSING, tmp_path)
    assert checked(file) == (0, [])
    refused(engines, sandbox, MISSING, file, "estate")


def test_alerts_that_nothing_declares_are_told_all_at_once(
    engines: dict[str, Pulumi], sandbox: Addresses, tmp_path: Path
) -> None:
    file = written(UNDECLARED, tmp_path)
    assert checked(file) == (0, [])
    # By then an `up` without its preview has sent what it could: Pulumi asks while it declares.
    refused(engines, sandbox, UNDECLARED, file, "plan", by=("preview",))


@pytest.fixture
def reports(aws: MakeClient) -> Iterator[None]:
    """A database of the estate without backups."""
    rds, name = aws("rds"), "reports-staging-use1-1"
    rds.create_db_instance(
        DBInstanceIdentifier=name,
        DBInstanceClass="db.t4g.medium",
        Engine="postgres",
        AllocatedStorage=20,
        MasterUsername="reports",
        MasterUserPassword="not a secret",
        DBSubnetGroupName="bynomi-staging",
        BackupRetentionPeriod=0,
    )
    yield
    rds.delete_db_instance(DBInstanceIdentifier=name, SkipFinalSnapshot=True)


def test_a_replica_of_a_source_whose_backups_are_off_is_refused(
    engines: dict[str, Pulumi], sandbox: Addresses, reports: None, tmp_path: Path
) -> None:
    file = written(NO_BACKUPS, tmp_path)
    assert checked(file) == (0, [])
    refused(engines, sandbox, NO_BACKUPS, file, "plan")


def test_what_is_shipped_is_not_refused(engines: dict[str, Pulumi], tmp_path: Path) -> None:
    """Else everything above could be refused for another reason."""
    for stack in ("prod", "staging"):
        assert checked(written(Bad("nothing wrong", [], [], stack), tmp_path)) == (0, [])
    # As it is committed, with the secrets that stand in it.
    where: list[str | Path] = ["--stack", "prod", "--config-file", PROJECT / "Pulumi.prod.yaml"]
    engines["preview"].run("preview", *where)
