"""Bad input: for each planted fault the line somebody reads; nothing is told twice or too late."""

from pathlib import Path

import pytest
from pulumi_upkeep.plan.plan import read_chapters

from tests.unit.plans import PROD, changed, chapters
from tests.unit.plans import secrets as shipped_secrets


def line_of(text: str) -> int:
    """The line of the shipped file on which a text stands first."""
    lines = PROD.read_text(encoding="utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if line.strip().startswith(text))


FILES_DAILY = (
    "keep: 90 days, copy: [{to: recovery, keep: 90 days},\n"
    + 63 * " "
    + "{to: account, keep: 90 days}]}"
)
NONE = "no such secret in the stack file"
SET = "set it: `pulumi config set --secret upkeep:"

CASES = [
    (
        "cold storage with too short a retention",
        [(FILES_DAILY, "keep: 100 days, cold_after: 30 days}")],
        [
            "backups.files.tiers.daily.keep = 100 days: what moves to cold storage after 30 days "
            "stays there 90 days at least (AWS Backup, Lifecycle.MoveToColdStorageAfterDays); "
            "`keep: 120 days` at least"
        ],
    ),
    (
        "cold storage of a copy with too short a retention",
        [(FILES_DAILY, "keep: 90 days, copy: {to: recovery, cold_after: 7 days}}")],
        [
            "backups.files.tiers.daily.keep = 90 days: what moves to cold storage after 7 days "
            "stays there 90 days at least (AWS Backup, Lifecycle.MoveToColdStorageAfterDays); "
            "`keep: 97 days` at least"
        ],
    ),
    (
        "cold storage of a type that has none",
        [(FILES_DAILY, "keep: 120 days, cold_after: 30 days}")],
        [
            "backups.files.tiers.daily.cold_after = 30 days: S3 has no cold storage, AWS Backup "
            "would ignore it silently; leave `cold_after` out, or shorten `keep` of 120 days"
        ],
    ),
    (
        "cron",
        [('every: day, at: "02:00"', 'every: "0 2 * * *"')],
        [
            "backups.database.tiers.daily.every = 0 2 * * *: a cron expression; the plan speaks in "
            'words; write `every: day`, `at: "02:00"`'
        ],
    ),
    (
        "more often than hourly",
        [('every: 6 hours, at: "05:00"', "every: 15 minutes")],
        [
            "backups.database.tiers.six-hourly.every = 15 minutes: more often than hourly (AWS "
            "Backup, backup frequency: hourly at most); write `every: 1 hour`, or add "
            "`point_in_time` to lose less"
        ],
    ),
    (
        "a start window that AWS Backup refuses",
        [('at: "05:00", keep: 30 days', 'at: "05:00", keep: 30 days, start_within: 30 minutes')],
        [
            "backups.database.tiers.six-hourly.start_within = 30 minutes: the start window lies "
            "between 1 hour and 36500 days (AWS Backup, StartWindowMinutes); nearest: `1 hour`"
        ],
    ),
    (
        "no time to complete after the start window",
        [('at: "05:00", keep: 30 days', 'at: "05:00", keep: 30 days, start_within: 2 hours')],
        [
            "backups.database.tiers.six-hourly.complete_within = 2 hours: shorter than the start "
            "window and the 1 hour that a backup then gets at least (AWS Backup, "
            "CompletionWindowMinutes); `complete_within: 3 hours` at least"
        ],
    ),
    (
        "point in time for too long",
        [("point_in_time: {keep: 30 days}", "point_in_time: {keep: 36 days}")],
        [
            "backups.database.point_in_time.keep = 36 days: continuous backup's retention lies "
            "between 1 day and 35 days (AWS Backup, continuous backups); nearest: `35 days`"
        ],
    ),
    (
        "a retention that is not in days",
        [("point_in_time: {keep: 30 days}", "point_in_time: {keep: 36 hours}")],
        [
            "backups.database.point_in_time.keep = 36 hours: backups are kept by the day; nearest: "
            "`2 days`"
        ],
    ),
    (
        "two tiers of one name",
        [("        six-hourly:", "        daily:")],
        [
            f"backups.database.tiers.daily: stands twice, on line {line_of('daily:')} and on line "
            f"{line_of('six-hourly:')}; give each its own name, or leave one out"
        ],
    ),
    (
        "a percentage of 180, and one without its sign",
        [
            ("cpu: {above: 80 %", "cpu: {above: 180 %"),
            ("error_rate: {above: 1 %", "error_rate: {above: 1"),
        ],
        [
            "monitoring.alert_when.cpu.above = 180 %: a percentage lies above 0 and at most at "
            "100; at most `100 %`",
            "monitoring.alert_when.error_rate.above = 1: not a percentage; write `1 %`",
        ],
    ),
    (
        "a check without scheme",
        [("{url: https://www.bynomi.com/cart}", "{url: www.bynomi.com/cart}")],
        [
            "uptime.checks.cart.url = www.bynomi.com/cart: an address without its scheme; write "
            "`https://www.bynomi.com/cart`"
        ],
    ),
    (
        "too few locations, too often, a reminder that Datadog refuses",
        [
            ("[aws:us-east-1, aws:us-west-2, aws:eu-central-1]", "[aws:us-east-1]"),
            ("every: 1 minute\n", "every: 10 seconds\n    remind_every: 25 minutes\n"),
        ],
        [
            "uptime.every = 10 seconds: a check's interval lies between 30 seconds and 7 days "
            "(Datadog synthetics, tick_every); nearest: `30 seconds`",
            "uptime.locations = [aws:us-east-1]: 1 location: fewer than 3 cannot tell their own "
            "outage from yours; name at least 3, such as `aws:us-east-1`",
            "uptime.remind_every = 25 minutes: a reminder's interval is one of 10 minutes, "
            "20 minutes, 30 minutes, 40 minutes, 50 minutes, 1 hour, 90 minutes, 2 hours, 3 hours, "
            "4 hours, 5 hours, 6 hours, 12 hours, 1 day (Datadog synthetics, renotify_interval); "
            "nearest: `20 minutes`",
        ],
    ),
    (
        "an unknown time zone",
        [("America/New_York", "America/New_Yrok")],
        ["timezone = America/New_Yrok: not a time zone; did you mean `America/New_York`?"],
    ),
    (
        "a bare EST",
        [("timezone: America/New_York", "timezone: EST")],
        [
            "timezone = EST: `EST` does not say whose clocks: read by the letter it is UTC-5 all "
            "year, without summer time; write `America/New_York` for New York's clocks, or "
            "`Etc/GMT+5` for UTC-5 all year"
        ],
    ),
    (
        "a missing secret",
        [("upkeep:onCallPhone:\n", "upkeep:onCallPhon:\n")],
        [
            "people.devops-lead.phone = onCallPhone: no such secret in the stack file; did you "
            f"mean `onCallPhon`? Otherwise {SET}onCallPhone`",
            "severities.p0.sms.0 = onCallPhone: no such secret in the stack file; did you mean "
            f"`onCallPhon`? Otherwise {SET}onCallPhone`",
            "severities.p1.sms.0 = onCallPhone: no such secret in the stack file; did you mean "
            f"`onCallPhon`? Otherwise {SET}onCallPhone`",
        ],
    ),
    (
        "a secret of the program that is missing",
        [("upkeep:datadogApiKey:\n", "other:datadogApiKey:\n")],
        [f"datadogApiKey: no such secret in the stack file; {SET}datadogApiKey`"],
    ),
    (
        "a secret in plain text",
        [("upkeep:onCallPhone:\n    secure: ", "upkeep:onCallPhone: ")],
        [
            "onCallPhone: a secret that stands in plain text; replace it: `pulumi config set "
            "--secret upkeep:onCallPhone`",
            f"people.devops-lead.phone = onCallPhone: {NONE}; {SET}onCallPhone`",
            f"severities.p0.sms.0 = onCallPhone: {NONE}; {SET}onCallPhone`",
            f"severities.p1.sms.0 = onCallPhone: {NONE}; {SET}onCallPhone`",
        ],
    ),
    (
        "a stack file that is not YAML",
        [("regions:\n", "regions: [\n")],
        [
            f"Pulumi.prod.yaml, line {line_of('recovery:')}, column 13: not YAML: did not find "
            "expected ',' or ']'"
        ],
    ),
    (
        "a recovery region that equals the primary one",
        [("recovery: us-west-2", "recovery: us-east-1")],
        [
            "regions.recovery = us-east-1: equals the primary region: what fails there fails here "
            "too; name another region"
        ],
    ),
    (
        "things that the estate does not name",
        [
            ("of: orders", "of: order"),
            ("for: web", "for: wbe"),
            ("[product-images, user-uploads]}", "[product-image]}"),
            ("payments: orders}", "payments: payments}"),
            ("reviews: [orders, web]", "reviews: [orders, shop]"),
            ("      orders: 30 days", "      ordrs: 30 days"),
        ],
        [
            "backups.files.protects.buckets.0 = product-image: no such bucket in `estate.buckets`; "
            "did you mean `product-images`?",
            "objectives.data.critical.holds.payments = payments: no such database or bucket in "
            "`estate`; known: orders, product-images, user-uploads",
            "objectives.functions.non-critical.needs.reviews.1 = shop: no such thing in `estate`; "
            "known: orders, product-images, user-uploads, web",
            "objectives.retention.ordrs = ordrs: no such database or bucket in `estate`; did you "
            "mean `orders`?",
            "replicas.orders-usw2-1.of = order: no such database in `estate.databases`; did you "
            "mean `orders`?",
            "restore_tests.database-weekly.of = order: no such database or bucket in `estate`; did "
            "you mean `orders`?",
            "restore_tests.files-weekly.of = product-images: no entry of `backups` keeps recovery "
            "points of it; name it in an entry's `protects`",
            "standby.web.for = wbe: no such server group in `estate.servers`; did you mean `web`?",
        ],
    ),
    (
        "one name for two things",
        [("      user-uploads: bynomi", "      web: bynomi-web\n      user-uploads: bynomi")],
        [
            "estate.buckets.web: the name stands in `estate.servers` too; give each a name of its "
            "own"
        ],
    ),
    (
        "a host name of another zone",
        [("serves: www.bynomi.com", "serves: www.bynomi.org")],
        [
            "standby.web.serves = www.bynomi.org: not a name of the zone in `estate.zone`; a name "
            "that ends in `.bynomi.com`"
        ],
    ),
    (
        "a lag that no alarm could tell from no replication",
        [("lag: {above: 5 minutes", "lag: {above: 1 day")],
        [
            "replicas.orders-usw2-1.lag.above = 1 day: a lag that alerts lies between 1 minute and "
            "12 hours (RDS reports it once a minute); nearest: `12 hours`"
        ],
    ),
    (
        "a health check that Route 53 refuses",
        [("every: 30 seconds, failures: 3", "every: 20 seconds, failures: 11")],
        [
            "standby.web.health.every = 20 seconds: a health check's interval is one of "
            "10 seconds, 30 seconds (Route 53, RequestInterval); nearest: `10 seconds`",
            "standby.web.health.failures = 11: a failure threshold lies between 1 and 10 "
            "(Route 53, FailureThreshold); nearest: `10`",
        ],
    ),
    (
        "unknown keys",
        [("upkeep:windows:", "upkeep:windws:"), ("respond_within: 15", "respnd_within: 15")],
        [
            "severities.p0.respnd_within: not a word of the plan; did you mean `respond_within`?",
            "severities.p0.respond_within: missing; required here",
            "windws: not a word of the plan; did you mean `windows`?",
        ],
    ),
    (
        "what is refused, or unknown, cannot be accepted",
        [
            ("finding: backup-in-window", "finding: objective-missed"),
            ("finding: backup-skipped-on-clock-change", "finding: backup-skiped-on-clock-change"),
        ],
        [
            "accepted.0.finding = objective-missed: is refused, and cannot be accepted; mend it",
            "accepted.1.finding = backup-skiped-on-clock-change: no such finding; did you mean "
            "`backup-skipped-on-clock-change`?",
        ],
    ),
    (
        "a window on a day of the year",
        [("on: first Sunday", "on: 30 February")],
        [
            "windows.monthly.on = 30 February: a window opens on a weekday; write `Wednesday` or "
            "`first Sunday`"
        ],
    ),
    (
        "a window on a fifth Sunday, in figures",
        [("on: first Sunday", "on: 5th Sunday")],
        [
            "windows.monthly.on = 5th Sunday: not every month has a fifth Sunday; write `fourth "
            "Sunday`"
        ],
    ),
    (
        "a window on a day of the month",
        [("on: first Sunday", "on: 1")],
        [
            "windows.monthly.on = 1: a window opens on a weekday; write `Wednesday` or "
            "`first Sunday`"
        ],
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("edits", "said"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_bad_input_is_refused_in_words(
    tmp_path: Path, edits: list[tuple[str, str]], said: list[str]
) -> None:
    report = changed(tmp_path, *edits)
    assert not report.ok
    assert [str(fault) for fault in report.faults] == said


def test_a_severity_that_reaches_nobody_is_refused(tmp_path: Path) -> None:
    report = changed(
        tmp_path,
        (
            "      email: [dev@bynomi.com]\n      slack: [alerts]\n      tickets: github\n    p3:",
            "    p3:",
        ),
        ("slack: [incidents]", "slack: [incident]"),
    )
    # The channels of a broken chapter are asked again once it is whole.
    assert [str(fault) for fault in report.faults] == [
        "severities.p2: reaches nobody; name an `email`, an `sms` or a `slack` channel"
    ]
    report = changed(tmp_path, ("slack: [incidents]", "slack: [incident]"))
    assert [str(fault) for fault in report.faults] == [
        f"severities.{severity}.slack.0 = incident: no such channel in `slack.channels`; did you "
        "mean `incidents`?"
        for severity in ("p0", "p1")
    ]


def test_a_host_name_moves_for_one_standby_alone() -> None:
    standby = chapters()["standby"]["web"]
    given = chapters() | {"standby": {"web": standby, "web-2": standby}}
    reading = read_chapters(given, shipped_secrets())
    assert [str(fault) for fault in reading.faults] == [
        "standby.web-2.serves = www.bynomi.com: `standby.web` serves it already, and a name has "
        "one primary and one secondary record [Route 53, failover routing]; give it a name of its "
        "own"
    ]
    named = {"web": standby, "web-2": standby | {"serves": "shop.bynomi.com"}}
    secrets = shipped_secrets()
    assert read_chapters(chapters() | {"standby": named}, secrets).faults == ()


def test_more_servers_running_than_allowed_is_refused(tmp_path: Path) -> None:
    report = changed(tmp_path, ("running: 1", "running: 5"))
    assert [str(fault).partition(": ")[2] for fault in report.faults] == [
        "5 running of at most 4; `at_most: 5` at least"
    ]
