"""The plan's chapter of notices: what is refused, with the words; and what the calendar says."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from pulumi_upkeep.plan import PlanError
from pulumi_upkeep.plan.calendar import occasions
from pulumi_upkeep.plan.plan import Plan
from pulumi_upkeep.plan.read import read_stack_file

from tests.unit.plans import PROD

SITES = {"sites": ["https://www.bynomi.com"]}
WEEKLY = {"on": "Wednesday", "from": "03:00", "to": "05:00"}


def shipped() -> tuple[dict[str, Any], set[str]]:
    read = read_stack_file(PROD)
    return dict(read.chapters), set(read.secrets)


def faults(windows: Any, notices: Any) -> list[str]:
    """What is wrong with the shipped plan when these take the place of its own."""
    chapters, secrets = shipped()
    chapters.pop("notices", None)
    chapters["windows"] = {**chapters["windows"], "weekly": windows}
    chapters["windows"]["monthly"] = {
        key: value for key, value in chapters["windows"]["monthly"].items() if key != "notice"
    }
    if notices is not None:
        chapters["notices"] = notices
    try:
        Plan.from_config(chapters, secrets)
    except PlanError as error:
        return [
            str(fault)
            for fault in error.faults
            if fault.path.startswith(("notices", "windows.weekly.notice"))
        ]
    return []


def announced(**notice: Any) -> dict[str, Any]:
    return {**WEEKLY, "notice": {"ahead": "24 hours", **notice}}


def test_the_shipped_plan_announces_its_windows_as_the_clauses_say() -> None:
    plan = Plan.from_config(*shipped())
    told = {
        name: (window.notice.ahead, window.notice.by)
        for name, window in plan.windows.items()
        if window.notice
    }
    assert told == {
        "weekly": (timedelta(hours=24), ("banner",)),
        "monthly": (timedelta(hours=72), ("banner", "email")),
    }


@pytest.mark.slow
@pytest.mark.parametrize(
    ("windows", "notices", "said"),
    [
        pytest.param(announced(), SITES, [], id="as it may be"),
        pytest.param(
            announced(),
            None,
            [
                "windows.weekly.notice: is announced where nobody reads it: the plan has no "
                "chapter `notices`; add `notices: {sites: [https://...]}`"
            ],
            id="nowhere",
        ),
        pytest.param(
            WEEKLY,
            SITES,
            ["notices: no window is announced; add `notice: {ahead: 24 hours}` to a window"],
            id="nothing",
        ),
        pytest.param(
            announced(by=["banner", "email"]),
            SITES,
            [
                "windows.weekly.notice.by = [banner, email]: an email to nobody: `notices.email` "
                "names no address; name one there, such as a mailing list's, or write `[banner]`"
            ],
            id="an email to nobody",
        ),
        pytest.param(
            announced(by=["banner", "banner"]),
            SITES,
            [
                "windows.weekly.notice.by = [banner, banner]: names banner twice; name each once",
            ],
            id="twice",
        ),
        pytest.param(
            announced(by=[]),
            SITES,
            ["windows.weekly.notice.by = []: empty; name at least one"],
            id="by nothing",
        ),
        pytest.param(
            announced(ahead="7 days"),
            SITES,
            [
                "windows.weekly.notice.ahead = 7 days: longer than the time between two openings "
                "(6 days 21 hours): two of them would be announced at once; at most `165 hours`"
            ],
            id="two at once",
        ),
        pytest.param(announced(ahead="165 hours"), SITES, [], id="as early as may be"),
        pytest.param(
            announced(ahead="5 minutes"),
            SITES,
            [
                "windows.weekly.notice: announced 5 minutes ahead, and a banner takes up to 15 "
                "minutes to be seen by everybody; nearest: `ahead: 15 minutes`"
            ],
            id="too late to be seen",
        ),
        pytest.param(announced(ahead="15 minutes"), SITES, [], id="as late as may be"),
        pytest.param(
            announced(text="It lasts {lenght}."),
            SITES,
            [
                "windows.weekly.notice.text = It lasts {lenght}.: nothing is called {lenght} in a "
                "notice; did you mean `{length}`?"
            ],
            id="a slip",
        ),
        pytest.param(
            announced(text="It lasts {length."),
            SITES,
            [
                "windows.weekly.notice.text = It lasts {length.: a brace without its other one; "
                "write `{{` where a brace itself is meant"
            ],
            id="an open brace",
        ),
        pytest.param(
            announced(title="Wartung für {day}"),
            SITES,
            [
                "windows.weekly.notice.title = Wartung für {day}: 'ü' cannot stand in the subject "
                "of an email [SNS]; one line of plain letters"
            ],
            id="no subject",
        ),
        pytest.param(
            announced(title="{company}: " + "x" * 54 + " {day}"),
            SITES,
            [
                f"windows.weekly.notice.title = {{company}}: {'x' * 54} {{day}}: 101 characters "
                "with a long day and `Cancelled: ` before it; a subject has 99 at most [SNS]; 2 "
                "fewer"
            ],
            id="a long subject",
        ),
        pytest.param(announced(title="{company}: " + "x" * 52 + " {day}"), SITES, [], id="99"),
        pytest.param(
            announced(),
            {"sites": ["www.bynomi.com/shop"]},
            [
                "notices.sites.0 = www.bynomi.com/shop: not an origin: a browser asks for scheme "
                "and host, without a path, and only over TLS; nearest: `https://www.bynomi.com`"
            ],
            id="a path",
        ),
        pytest.param(
            announced(),
            {**SITES, "address": "https://notices.bynomi.com/"},
            [
                "notices.address = https://notices.bynomi.com/: not a host's name; nearest: "
                "`notices.bynomi.com`"
            ],
            id="an address",
        ),
        pytest.param(
            announced(),
            {**SITES, "address": "notices.elsewhere.com"},
            [
                "notices.address = notices.elsewhere.com: not within `estate.zone`, bynomi.com, "
                "where its record would stand; such as `notices.bynomi.com`"
            ],
            id="elsewhere",
        ),
        pytest.param(
            announced(by=["email"]),
            {**SITES, "email": ["customers"]},
            [
                "notices.email.0 = customers: not an email address; write one such as "
                "`devops@bynomi.com`"
            ],
            id="no address",
        ),
    ],
)
def test_what_cannot_be_announced_is_refused(
    windows: dict[str, Any], notices: Any, said: list[str]
) -> None:
    assert faults(windows, notices) == said


def test_the_calendar_has_every_notice() -> None:
    plan = Plan.from_config(*shipped())
    found = [
        (each.name, each.starts, each.ends, each.path, each.says)
        for each in occasions(plan, date(2026, 11, 30), date(2026, 12, 7))
        if each.kind == "notice"
    ]
    assert found == [
        (
            "weekly",
            datetime(2026, 12, 1, 8, tzinfo=UTC),
            datetime(2026, 12, 2, 10, tzinfo=UTC),
            "windows.weekly.notice",
            "the weekly window is announced by banner",
        ),
        (
            "monthly",
            datetime(2026, 12, 3, 6, tzinfo=UTC),
            datetime(2026, 12, 6, 10, tzinfo=UTC),
            "windows.monthly.notice",
            "the monthly window is announced by banner and email",
        ),
    ]


def test_a_moved_window_takes_its_notice_along_and_a_cancelled_one_has_none() -> None:
    chapters, secrets = shipped()
    because = "The year's sale ends that night"
    chapters["windows"]["monthly"] |= {
        "moved": [{"on": "2026-12-06", "to": "2026-12-13", "because": because}]
    }
    chapters["windows"]["weekly"] |= {"cancelled": [{"on": "2026-12-09", "because": because}]}
    plan = Plan.from_config(chapters, secrets)
    found = [
        (each.name, each.starts)
        for each in occasions(plan, date(2026, 12, 4), date(2026, 12, 15))
        if each.kind == "notice"
    ]
    assert found == [("monthly", datetime(2026, 12, 10, 6, tzinfo=UTC))]
