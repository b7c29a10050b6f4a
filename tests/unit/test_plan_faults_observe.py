"""Bad input in the chapters on watching: one or two mistakes that people make in each, and exactly
what they read. Nothing that somebody may have taken for a place of a secret is shown again."""

from pathlib import Path

import pytest

from tests.unit.plans import PROD, changed

Edit = tuple[str, str]

SUBSTITUTES = "  upkeep:substitutes:\n"
SATURATION = "      saturation: {severity: p2, full_within: 7 days}\n"
LEVEL = "over: 30 days\n      latency"
LOGS = "    keep: 30 days\n    daily_quota"
NAME = "a name has lower-case letters, digits and hyphens within it, 40 characters at most"

# What stands in the chapter `people`.
PEOPLE = "".join(
    line
    for line in PROD.read_text(encoding="utf-8")
    .partition("  upkeep:people:\n")[2]
    .partition("  upkeep:teams:\n")[0]
    .splitlines(keepends=True)
)
CASES: list[tuple[str, list[Edit], list[str]]] = [
    (
        "services: a team and a class that there are not",
        [
            ("owner: shop\n      datadog: bynomi-web", "owner: shpo\n      datadog: bynomi-web"),
            ("importance: critical\n", "importance: crticial\n"),
        ],
        [
            "services.web.importance = crticial: no such class in `objectives.functions`; did you "
            "mean `critical`?",
            "services.web.owner = shpo: no such team in `teams`; did you mean `shop`?",
        ],
    ),
    (
        "services: no list, no block, no name",
        [
            ("{servers: [web], databases: [orders]}", "{servers: web, databases: {orders: x}}"),
            (SATURATION, "      saturation: p2\n"),
            ("      operation: web.request\n", "      operation: Web Request\n"),
        ],
        [
            "services.web.operation = Web Request: the name of a span has lower-case words with "
            "points between them [Datadog, APM]; write `web.request`",
            "services.web.runs_on.databases = {orders}: expected a list; write `-` before each "
            "entry",
            "services.web.runs_on.servers = web: expected a list; write `[web]`",
            "services.web.saturation = p2: expected a block of keys; keys here: severity, "
            "full_within",
        ],
    ),
    (
        "services: figures that Datadog does not take",
        [
            (
                "latency: {unusual: {severity: p3}}",
                "latency: {lasting: 90 seconds, warns_at: 80, unusual: {severity: p3, "
                "lasting: 10 minutes, deviations: 7}}",
            ),
            ("full_within: 7 days", "full_within: 6 hours"),
        ],
        [
            "services.web.latency.lasting = 90 seconds: metrics are looked at by the minute; "
            "nearest: `2 minutes`",
            "services.web.latency.unusual.deviations = 7: a number of deviations lies between 1 "
            "and 6 (Datadog, anomaly, bounds); nearest: `6`",
            "services.web.latency.unusual.lasting = 10 minutes: how long something is unlike "
            "itself lies between 15 minutes and 1 day (Datadog, anomaly, trigger_window); nearest: "
            "`15 minutes`",
            "services.web.latency.warns_at = 80: not a percentage; write `80 %`",
            "services.web.saturation.full_within = 6 hours: how far a forecast looks lies between "
            "12 hours and 90 days (Datadog, forecast, 12 hours to 3 months); nearest: `12 hours`",
        ],
    ),
    (
        "services: an exemption without a reason, and one that says no day",
        [
            (
                SATURATION,
                "      exempt: [{from: saturations, until: 31.12.2026}]\n",
            )
        ],
        [
            "services.web.exempt.0.because: missing; required here",
            "services.web.exempt.0.from = saturations: not one of uptime, latency, errors, "
            "saturation, objective, runbook, owner; did you mean `saturation`?",
            "services.web.exempt.0.until = 31.12.2026: not a date; write year, month and day in "
            'quotes, such as `"2026-11-01"`',
        ],
    ),
    (
        "errors: a severity as people say it, and a window that is too long",
        [
            ("new: {severity: p2}", "new: {severity: P2}"),
            ("above: 50, within: 1 hour", "above: 0, within: 3 days"),
        ],
        [
            "errors.frequent.above = 0: 1 at least; nearest: `1`",
            "errors.frequent.within = 3 days: the time in which errors are counted lies between "
            "1 minute and 2 days (Datadog, error tracking monitors, 1 to 2,880 m); nearest: "
            "`2 days`",
            "errors.new.severity = P2: not one of p0, p1, p2, p3; did you mean `p2`?",
        ],
    ),
    (
        "errors: a service that there is not, and a severity that leads nowhere",
        [("back_end: [web]", "back_end: [wbe]"), ("tickets_for: [p2, p3]", "tickets_for: [p3]")],
        [
            "errors.back_end.0 = wbe: no such service in `services`; did you mean `web`?",
            "errors.tickets_for: errors may be p2, which is neither told in Slack nor opens a "
            "ticket; add `p2` here or to `slack_for`",
        ],
    ),
    (
        "business: no unit of time, no other day, a text that would be a variable",
        [
            ("lasting: 30 minutes, hours", "lasting: 30, hours"),
            ("of: last week, over: 1 hour", "of: yesterday, over: 1 hour"),
            ("unit: US dollars", 'unit: "{USD}"'),
        ],
        [
            "business.orders.falls.of = yesterday: not taken here; write `last week`",
            "business.orders.stops.lasting = 30: not a duration; write a number and a unit, such "
            "as `30 days`",
            "business.revenue.unit = {USD}: a unit is 1 to 40 characters without braces, `@` and "
            "line ends; such as `US dollars`",
        ],
    ),
    (
        "logs: an index and a level that Datadog does not have",
        [(LOGS, f"    index: Bynomi_Prod\n    levels: [error, warning]\n{LOGS}")],
        [
            "logs.index = Bynomi_Prod: an index's name begins with a lower-case letter and has "
            "letters, digits and hyphens [Datadog]; `bynomi-prod`",
            "logs.levels.1 = warning: not one of error, warn, info, debug; did you mean `warn`?",
        ],
    ),
    (
        "logs: kept for no length of the contract, and longer than the archive",
        [
            (LOGS, LOGS.replace("30 days", "31 days")),
            ("{keep: 1 year}", "{keep: 20 days}"),
        ],
        [
            "logs.archive.keep = 20 days: shorter than logs can be searched, 31 days; `31 days` "
            "at least",
            "logs.keep = 31 days: the contract with Datadog offers 3 days, 7 days, 15 days, "
            "30 days, 45 days, 60 days, 90 days, 180 days, 360 days; nearest: `45 days`, or add "
            "it to `contract` where yours offers it",
        ],
    ),
    (
        "logs: a review at an hour that spring skips",
        [('week, on: Monday, at: "10:00", owner', 'week, on: Sunday, at: "02:30", owner')],
        [
            "logs.review.at = 02:30: does not exist on 2027-03-14 in America/New_York, and nobody "
            'would be reminded; nearest: `"03:30"`'
        ],
    ),
    (
        "logs: a warning that comes too late, a search that is open, a sentence that tells people",
        [
            ("warn_above: 20", "warn_above: 60"),
            ("database refuses connections", "database refuses @oncall-shop"),
            ('service:bynomi-web "payment', 'service:(bynomi-web "payment'),
        ],
        [
            "logs.patterns.database-refuses.means = the database refuses @oncall-shop: stands in "
            "messages, where `@oncall-shop` tells somebody [Datadog]; leave it out",
            "logs.patterns.payment-declined.alert.warn_above = 60: warns above 60 and alerts above "
            "50: never before it; below 50",
            'logs.patterns.payment-declined.query = service:(bynomi-web "payment declined": '
            "parentheses that do not belong together; "
            '`service:(bynomi-web "payment declined")`',
        ],
    ),
    (
        "service levels: nothing may fail, over a month as people count it",
        [("availability: 99.9 %", "availability: 100 %"), (LEVEL, LEVEL.replace("30", "31"))],
        [
            "service_levels.critical.availability = 100 %: leaves nothing that may fail, so "
            "nothing to alert on: above 0 and below 100 % [Datadog]; such as `99.9 %`",
            "service_levels.critical.over = 31 days: the time of a service level is one of "
            "7 days, 30 days, 90 days (Datadog, timeframe of an SLO); nearest: `30 days`",
        ],
    ),
    (
        "service levels: a warning on the wrong side, a burn that nothing reaches",
        [
            (
                LEVEL,
                "warning: 99.8 %\n      burn_rates: [{rate: 1001, within: 1 hour, severity: p1}]\n"
                f"      {LEVEL}",
            )
        ],
        [
            "service_levels.critical.burn_rates.0.rate = 1001: 99 % burns at most 100 times too "
            "fast, when everything fails [Datadog]; nearest: `100`",
            "service_levels.critical.warning = 99.8 %: must be above the target, which is 99.9 % "
            "[Datadog]; such as `99.95 %`",
        ],
    ),
    (
        "service levels: windows of a burn rate",
        [
            (
                LEVEL,
                "burn_rates: [{rate: 2, within: 3 days, severity: p1}, {rate: 2, within: 2 hours, "
                f"lasting: 2 hours, severity: p1}}]\n      {LEVEL}",
            )
        ],
        [
            "service_levels.critical.burn_rates.0.within = 3 days: the long window of a burn rate "
            "lies between 1 hour and 2 days (Datadog, long_window); nearest: `2 days`",
            "service_levels.critical.burn_rates.1.lasting = 2 hours: must be shorter than "
            "`within` [Datadog, short_window]; a twelfth: `10 minutes`",
        ],
    ),
    (
        "journeys: single braces, a secret in plain text",
        [
            ("/checkout/{{ CART }}", "/checkout/{ CART }"),
            ("SHOPPER: {secret: uptimeShopper}", "SHOPPER: hunter2"),
        ],
        [
            "uptime.journeys.buy.secrets.SHOPPER: names a secret, whose value never stands in a "
            "plan; write `{secret: <name>}`, and `pulumi config set --secret upkeep:<name>`",
            "uptime.journeys.buy.steps.2.url = https://www.bynomi.com/api/checkout/{ CART }: "
            "braces that are no variable; write `{{ NAME }}`",
        ],
    ),
    (
        "journeys: a variable by another name",
        [("/checkout/{{ CART }}", "/checkout/{{ CRAT }}")],
        [
            "uptime.journeys.buy.steps.1.take.CART: no later step names it; leave it out",
            "uptime.journeys.buy.steps.2.url = {{ CRAT }}: no such variable: neither a secret, "
            "nor taken from an earlier answer; did you mean `CART`?",
        ],
    ),
    (
        "browsers and DNS: looking at nothing, an address for a name",
        [
            ('[{see_element: "#payment-form"}, {see: Pay now}]', "[{click: Pay now}]"),
            ("{name: www.bynomi.com}", "{name: https://www.bynomi.com/}"),
        ],
        [
            "uptime.browsers.payment.steps: looks at nothing, so cannot fail; add `see: some text`",
            "uptime.dns.www.name = https://www.bynomi.com/: the name of a host, without a scheme "
            "and without a path; write `www.bynomi.com`",
        ],
    ),
    (
        "browsers: every minute",
        [("        because: A script", "        every: 1 minute\n        because: A script")],
        [
            "uptime.browsers.payment.every = 1 minute: a browser test's interval lies between "
            "5 minutes and 7 days (Datadog synthetics, browser tests: more often needs its "
            "support); nearest: `5 minutes`"
        ],
    ),
    (
        "uptime: a name as Python has it, and braces that would be a block of the message",
        [
            ("      homepage: {url", "      home_page: {url"),
            ("https://www.bynomi.com/products}", '"https://www.bynomi.com/{{#is_alert}}"}'),
        ],
        [
            f"uptime.checks.home_page = home_page: {NAME}; write `home-page`",
            "uptime.checks.product-pages.url = https://www.bynomi.com/{{#is_alert}}: stands in "
            "messages, where `{{` is a variable or a block [Datadog]; leave it out",
        ],
    ),
    (
        "status page: its whole address",
        [("    address: bynomi\n", "    address: bynomi.com\n")],
        [
            "status_page.address = bynomi.com: what stands before `.statuspage.datadoghq.com`: "
            "lower-case letters, digits and hyphens, 63 at most [Datadog]; write `bynomi`"
        ],
    ),
    (
        "status page: a test that there is not",
        [("judged_by: [api-health]", "judged_by: [api-helth]")],
        [
            "status_page.shows.2.judged_by.0 = api-helth: no such test in `uptime`; did you mean "
            "`api-health`?"
        ],
    ),
    (
        "status page: a test that speaks for two things",
        [("judged_by: [api-health]", "judged_by: [api-health, cart]")],
        [
            "status_page: `cart` stands under `Cart and checkout` and `API`; let each test speak "
            "for one thing"
        ],
    ),
    (
        "quiet: nobody's alerts, a bare list",
        [
            ("quiets: {services: [web]},", "quiets: [web],"),
            ("quiets: {services: [web], databases: [orders]}", "quiets: {}"),
        ],
        [
            "windows.monthly.quiets: quiets nothing; name `services`, `servers`, `databases` or "
            "`alerts`, or leave it out",
            "windows.weekly.quiets = [web]: expected a block of keys; keys here: services, "
            "servers, databases, alerts, up_to",
        ],
    ),
    (
        "quiet: a service that there is not",
        [("quiets: {services: [web]},", "quiets: {services: [wbe]},")],
        ["windows.weekly.quiets.services.0 = wbe: no such name in `services`; did you mean `web`?"],
    ),
    (
        "route tests: named twice, at an hour that spring skips",
        [
            (
                'on: Monday\n    at: "10:00"\n    severities: [p0, p1]',
                'on: Sunday\n    at: "02:30"\n    severities: [p0, p0]',
            )
        ],
        [
            "route_tests.at = 02:30: does not exist on 2027-03-14 in America/New_York, and no "
            'test would be sent [EventBridge Scheduler]; nearest: `"03:30"`',
            "route_tests.severities.1 = p0: is named twice; leave it out",
        ],
    ),
    (
        "tuned: no reason, no limit, no list",
        [
            (
                SUBSTITUTES,
                "  upkeep:tuned:\n"
                '    - {alert: x-y, because: noisy, until: "2027-01-01", silenced: true}\n'
                "    - {alert: X Y, because: It is loud at night, until: 2027-01-32, above: much}\n"
                + SUBSTITUTES,
            )
        ],
        [
            "tuned.0.because = noisy: shorter than 10 characters; say a little more",
            "tuned.1.above = much: not a limit; write `90 %`, `1500 ms` or a number",
            "tuned.1.alert = X Y: an alert's name, as previews show it: lower-case letters, digits "
            "and .-_; write `x-y`",
            'tuned.1.until = 2027-01-32: January 2027 has 31 days; nearest: `"2027-01-31"`',
        ],
    ),
    (
        "tuned: a block where a list is meant",
        [(SUBSTITUTES, f"  upkeep:tuned:\n    alert: x-y\n    silenced: true\n{SUBSTITUTES}")],
        ["tuned = {alert, silenced}: expected a list; write `-` before each entry"],
    ),
    (
        "on call: a weekday in the plural, a time without quotes, too short a wait",
        [
            (
                '[devops-lead, lead-developer], every: week, on: Monday, at: "09:00"}',
                "[devops-lead, lead-developer], every: week, on: Mondays, at: 9:00}",
            ),
            ("{page: on call, wait: 5 minutes}", "{page: on call, wait: 30 seconds}"),
            ("repeat: 2", "repeat: 11"),
        ],
        [
            "on_call.operations.escalation.0.wait = 30 seconds: the wait of an escalation's step "
            "lies between 1 minute and 10 hours (Datadog On-Call, escalateAfterSeconds); nearest: "
            "`1 minute`",
            "on_call.operations.repeat = 11: how often an escalation repeats lies between 0 and "
            "10 (Datadog On-Call, retries); nearest: `10`",
            'on_call.operations.rotations.0.at = 9:00: not a clock time; two digits: `"09:00"`',
            "on_call.operations.rotations.0.on = Mondays: not one of Monday, Tuesday, Wednesday, "
            "Thursday, Friday, Saturday, Sunday; did you mean `Monday`?",
        ],
    ),
    (
        "on call: people that there are not",
        [
            ("people: [devops-lead, lead-developer], every", "people: [devops-led], every"),
            ("{page: next on call, wait: 5", "{page: whole taem, wait: 5"),
        ],
        [
            "on_call.operations.escalation.1.page = whole taem: no such person in `people`; did "
            "you mean `whole team`?",
            "on_call.operations.rotations.0.people.0 = devops-led: no such person in `people`; did "
            "you mean `devops-lead`?",
        ],
    ),
    (
        "people and teams: a list where names are meant, a team of nobody",
        [
            (
                PEOPLE,
                "    - {email: product@bynomi.com}\n    - {email: dev@bynomi.com}\n",
            ),
            ("{people: [lead-developer, product-owner], slack: alerts}", "{people: []}"),
        ],
        [
            "people = [{email}, {email}]: expected a block of keys; a list has no names: write "
            "`<name>:` before each entry, and no `-`",
            "teams.shop.people = []: empty; name at least one",
        ],
    ),
    (
        "tickets: a tracker that there is not, a secret that is not set",
        [
            ("      tickets: github\n    p1:", "      tickets: gitlab\n    p1:"),
            ("{secret: ticketsUrl}", "{secret: ticketUrl}"),
        ],
        [
            "severities.p0.tickets = gitlab: no such tracker in `tickets`; did you mean `github`?",
            "tickets.github.webhook.url = ticketUrl: no such secret in the stack file; did you "
            "mean `ticketsUrl`? Otherwise set it: `pulumi config set --secret upkeep:ticketUrl`",
        ],
    ),
    (
        "tickets: a word of it misspelt",
        [("{webhook: {url: {secret: ticketsUrl}}}", "{case: shop, webhok: {}}")],
        ["tickets.github.webhok: not a word of the plan; did you mean `webhook`?"],
    ),
    (
        "substitutes: a chapter that there is not, a product twice",
        [("by: uptime\n", "by: uptme\n"), ("for: Sentry\n", "for: Papertrail\n")],
        [
            "substitutes.0.by = uptme: no such chapter of the plan; did you mean `uptime`?",
            "substitutes.2.for = Papertrail: `substitutes.1` says already what replaces it; leave "
            "one of them out",
        ],
    ),
    (
        "adopt: a kind that there is not, names where Datadog has numbers and ids",
        [
            (
                SUBSTITUTES,
                "  upkeep:adopt:\n    alarm: {a: b}\n    monitors: {x: latency}\n"
                f"    checks: {{homepage: Homepage}}\n{SUBSTITUTES}",
            )
        ],
        [
            "adopt.alarm: not a word of the plan; did you mean `alarms`?",
            "adopt.checks.homepage = Homepage: the public id of a synthetic test, as it stands in "
            "its address; such as `abc-def-ghi`",
            "adopt.monitors.x = latency: expected a whole number",
        ],
    ),
    (
        "dashboards: an address without encryption",
        [("https://monitoring.bynomi.com/production", "http://monitoring.bynomi.com/production")],
        [
            "dashboards.address = http://monitoring.bynomi.com/production: an address without "
            "encryption, and the load balancer answers at 443; write "
            "`https://monitoring.bynomi.com/production`"
        ],
    ),
    (
        "dashboards: an address of another zone",
        [("https://monitoring.bynomi.com/production", "https://monitoring.bynomi.org/production")],
        [
            "dashboards.address = https://monitoring.bynomi.org/production: not a name of the "
            "zone in `estate.zone`; a name that ends in `.bynomi.com`"
        ],
    ),
    (
        "restore tests: at an hour that spring skips, with no time to miss one",
        [('on: Sunday\n      at: "06:00"', 'on: Sunday\n      at: "02:30"')],
        [
            "restore_tests.database-weekly.at = 02:30: does not exist on 2027-03-14 in "
            'America/New_York, and the last proof would be older than 8 days; nearest: `"03:30"`'
        ],
    ),
]


@pytest.mark.slow
@pytest.mark.parametrize(("edits", "said"), [case[1:] for case in CASES], ids=[c[0] for c in CASES])
def test_bad_input_is_refused_in_words(tmp_path: Path, edits: list[Edit], said: list[str]) -> None:
    report = changed(tmp_path, *edits)
    assert not report.ok
    assert [str(fault) for fault in report.faults] == said


def test_what_is_left_out_on_one_day_is_no_fault_where_the_next_comes_in_time(
    tmp_path: Path,
) -> None:
    at_a_skipped_hour = ('on: Sunday\n      at: "06:00"', 'on: Sunday\n      at: "02:30"')
    patient = (
        "proof_at_most: 8 days\n      severity: p1",
        "proof_at_most: 15 days\n      severity: p1",
    )
    assert changed(tmp_path, at_a_skipped_hour, patient).faults == ()


def test_a_p0_that_a_window_quiets_is_refused(tmp_path: Path) -> None:
    edit = ("quiets: {services: [web]},", "quiets: {services: [web], up_to: p0},")
    report = changed(tmp_path, edit)
    refused = [str(each) for each in report.findings if each.refused]
    assert report.faults == ()
    assert not report.ok
    assert refused == [
        "severities.p0: on Wednesday 2027-01-06 03:00 what CloudWatch sends reaches devops-lead "
        "after 2 hours, quiet in window `weekly`, of 15 minutes to answer in; on Wednesday "
        "2027-01-06 03:00 what Datadog sends reaches devops-lead after 2 hours, quiet in window "
        "`weekly`, of 15 minutes to answer in; say `up_to: p1` in the window's `quiets` "
        "[p0-reaches-nobody-in-time]"
    ]
