"""The linter of Datadog messages: each planted fault is found, and our own messages have none."""

import pytest
from pulumi_upkeep.observe.message import Message
from pulumi_upkeep.observe.message_faults import grouped_by, handles, message_faults, seen_in

QUERY = "avg(last_5m):avg:system.disk.in_use{env:prod} by {host,device} > 0.9"
GOOD = (
    "{{#is_alert}}P1: {{device.name}} of {{host.name}} is full: {{value}} of {{threshold}}."
    "{{/is_alert}}{{#is_recovery}}Over.{{/is_recovery}} @slack-bynomi-alerts @oncall-web"
)


def said(text: str, query: str = QUERY, critical: str | None = None) -> list[str]:
    return [str(fault) for fault in message_faults(text, query, critical=critical)]


def test_a_good_message_has_no_fault() -> None:
    assert said(GOOD, critical="0.9") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            GOOD.replace("{{#is_recovery}}", ""),
            "message = {{/is_recovery}}: closes a block that is not open; leave it out",
        ),
        (
            GOOD.replace("{{/is_alert}}", ""),
            "message = {{#is_alert}}: is never closed; add `{{/is_alert}}`",
        ),
        (GOOD.replace("{{value}}", "{value}"), "message = {value}: single braces"),
        (GOOD.replace("{{value}}", "{{value}"), "message = {{: double braces without"),
        (
            GOOD.replace("{{host.name}}", "{{cluster.name}}"),
            "message = {{cluster.name}}: no variable of this monitor: it is no word of Datadog's, "
            "and the query does not group by it; group by `cluster`; it groups by `device.name`, "
            "`host.name`",
        ),
        (
            GOOD.replace("{{/is_alert}}", " @oncall-database{{/is_alert}}"),
            "message = @oncall-database: opens what is never closed",
        ),
        (GOOD.replace("Over.", "Over.\n"), "a line ends within it"),
        (f"{GOOD} ", "begins or ends in white space"),
        (GOOD.replace("is_alert}}", "is_alrt}}"), "no such block; did you mean `is_alert`?"),
        (
            GOOD + '{{#is_match "pod.name" "web"}}x{{/is_match}}',
            "message = {{pod.name}}: no variable",
        ),
    ],
)
def test_a_planted_fault_is_found(text: str, says: str) -> None:
    found = said(text)
    assert any(says in fault for fault in found), found


def test_a_block_that_is_never_closed_is_found() -> None:
    assert said("{{#is_alert}}x @oncall-web") == [
        "message = {{#is_alert}}: is never closed; add `{{/is_alert}}`",
        "message = @oncall-web: opens what is never closed: the recovery's text does not name it "
        "[Datadog]; name it outside the blocks, or in `{{#is_recovery}}` too",
    ]


def test_a_threshold_that_differs_from_the_query_is_found() -> None:
    assert said(GOOD, critical="0.8") == [
        "thresholds.critical = 0.8: differs from the query's 0.9 [Datadog]; `0.9`"
    ]


def test_who_is_told_of_what() -> None:
    text = (
        "{{#is_alert}}a @oncall-web{{/is_alert}}{{#is_warning}}w @slack-x{{/is_warning}}"
        "{{^is_recovery}} @dev@bynomi.com{{/is_recovery}} @ops@bynomi.com"
    )
    assert handles(text, "alert") == {"@oncall-web", "@dev@bynomi.com", "@ops@bynomi.com"}
    assert handles(text, "warning") == {"@slack-x", "@dev@bynomi.com", "@ops@bynomi.com"}
    assert handles(text, "recovery") == {"@ops@bynomi.com"}
    assert seen_in(text, "recovery") == " @ops@bynomi.com"


def test_groups_of_a_query() -> None:
    assert grouped_by(QUERY) == {"host", "device"}
    assert grouped_by(
        'error-tracking("service:web").rollup("count").by("issue.id").last("1d")'
    ) == {"issue.id"}


def test_our_own_messages_have_no_fault() -> None:
    message = Message("it is down", "it is up again", "p0", "https://x.example/runbooks", "down")
    text = message.text("@oncall-web @slack-bynomi-incidents @devops@bynomi.com")
    assert said(text, "avg(last_5m):avg:x{*} > 1") == []


def test_a_warning_goes_to_the_owner_alone_and_wakes_nobody() -> None:
    message = Message(
        "web is slow",
        "web is fast again",
        "p1",
        "https://x.example/runbooks",
        "web-latency",
        unit="ms",
        warns=True,
        since="America/New_York",
        owner="shop",
        owner_handles="@slack-x-shop",
    )
    text = message.text("@oncall-operations @ops@x.example")
    assert said(text, "avg(last_5m):p95:trace.http{service:web} > 1000") == []
    everybody = {"@oncall-operations", "@ops@x.example", "@slack-x-shop"}
    assert handles(text, "alert") == handles(text, "recovery") == everybody
    assert handles(text, "warning") == handles(text, "warning_recovery") == {"@slack-x-shop"}
    assert seen_in(text, "alert") == (
        "P1: web is slow ({{value}} ms, limit {{threshold}} ms). Since "
        "{{local_time 'first_triggered_at' 'America/New_York'}}. Owner: shop. "
        "Runbook: https://x.example/runbooks/web-latency @slack-x-shop "
        "@oncall-operations @ops@x.example"
    )
    assert seen_in(text, "warning").startswith("Warning before P1: web is slow, soon ({{value}} ms")


def test_who_is_paged_by_a_warning_hears_of_its_end() -> None:
    text = "{{^is_warning_recovery}}@oncall-web{{/is_warning_recovery}}"
    assert len(said(text, "avg(last_5m):avg:x{*} > 1")) == 1


def test_how_fast_an_objective_burns_is_a_variable_of_its_alerts_alone() -> None:
    text = "{{#is_alert}}{{long_window_burn_rate}}, {{short_window_burn_rate}}{{/is_alert}}"
    burn = 'burn_rate("x").over("30d").long_window("1h").short_window("5m") > 14.4'
    assert message_faults(text, burn) == []
    assert [fault.value for fault in message_faults(text, "avg(last_5m):avg:x{*} > 1")] == [
        "{{long_window_burn_rate}}",
        "{{short_window_burn_rate}}",
    ]
