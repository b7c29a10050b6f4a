"""What the function of notices writes, mails and takes back, minute by minute."""

import importlib
import io
import json
import sys
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pulumi_upkeep
import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st
from pulumi_upkeep.plan.notices import Notice, notice_stretch
from pulumi_upkeep.plan.windows import Window

FOLDER = Path(pulumi_upkeep.__file__).parent / "functions" / "notices"
MODULES = ("openings", "texts", "told", "main")
ROUND = timedelta(minutes=5)
WEEKLY: dict[str, Any] = {"on": "Wednesday", "from": "03:00", "to": "05:00"}
MONTHLY: dict[str, Any] = {"on": "first Sunday", "from": "01:00", "to": "05:00"}
BANNER = {"ahead": "24 hours"}
BOTH = {"ahead": "72 hours", "by": ["banner", "email"]}


def told_of(window: dict[str, Any]) -> dict[str, Any]:
    """A window of the plan as the function is handed it."""
    from pulumi_upkeep.operate.notices import _Announced

    given = {
        "on": window["on"],
        "opens": window["from"],
        "closes": window["to"],
        "notice": window["notice"],
        "cancelled": window.get("cancelled", []),
        "moved": window.get("moved", {}),
    }
    return _Announced.model_validate(given).as_data()


def plan(timezone: str = "America/New_York", **windows: dict[str, Any]) -> dict[str, Any]:
    return {
        "company": "Bynomi",
        "timezone": timezone,
        "windows": {name: told_of(window) for name, window in windows.items()},
    }


PLAN = plan(weekly={**WEEKLY, "notice": BANNER}, monthly={**MONTHLY, "notice": BOTH})


def refused(operation: str, code: str, status: int) -> ClientError:
    return ClientError(
        {"Error": {"Code": code, "Message": code}, "ResponseMetadata": {"HTTPStatusCode": status}},
        operation,
    )


class Cloud:
    """boto3 and urllib3, as far as the function calls them."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[str, bytes]] = {}
        self.mails: list[tuple[str, str]] = []
        self.metrics: list[dict[str, Any]] = []
        self.mail_fails: Exception | None = None
        self.mail_leaves = True
        self.readers_get: int = 200
        self.versions = 0

    def client(self, service: str, **_given: Any) -> Any:
        return self

    def get_paginator(self, _operation: str) -> Any:
        return SimpleNamespace(
            paginate=lambda Bucket, Prefix: [
                {"Contents": [{"Key": key} for key in self.objects if key.startswith(Prefix)]}
            ]
        )

    def get_object(self, Bucket: str, Key: str) -> Any:
        version, body = self.objects[Key]
        return {"ETag": version, "Body": io.BytesIO(body)}

    def put_object(self, Bucket: str, Key: str, Body: bytes, **given: Any) -> Any:
        there = self.objects.get(Key)
        if (given.get("IfNoneMatch") and there) or (
            "IfMatch" in given and (there is None or there[0] != given["IfMatch"])
        ):
            raise refused("PutObject", "PreconditionFailed", 412)
        self.versions += 1
        self.objects[Key] = (f'"{self.versions}"', Body)
        return {"ETag": f'"{self.versions}"'}

    def delete_object(self, Bucket: str, Key: str) -> None:
        self.objects.pop(Key, None)

    def publish(self, TopicArn: str, Subject: str, Message: str) -> Any:
        if self.mail_leaves:
            self.mails.append((Subject, Message.strip()))
        if self.mail_fails is not None:
            raise self.mail_fails
        return {"MessageId": f"m{len(self.mails)}"}

    def put_metric_data(self, Namespace: str, MetricData: list[dict[str, Any]]) -> None:
        self.metrics += MetricData

    def request(self, method: str, url: str, **_given: Any) -> Any:
        return SimpleNamespace(status=self.readers_get, data=self.objects["banner.json"][1])

    @property
    def banner(self) -> list[dict[str, Any]]:
        document = json.loads(self.objects["banner.json"][1])
        assert document["version"] == 1
        notices: list[dict[str, Any]] = document["notices"]
        return notices


@pytest.fixture
def cloud() -> Cloud:
    return Cloud()


def modules(patch: pytest.MonkeyPatch) -> ModuleType:
    """The function's modules, as they are imported from its archive."""
    patch.syspath_prepend(str(FOLDER))
    for name in MODULES:
        patch.delitem(sys.modules, name, raising=False)
    return importlib.import_module("main")


@pytest.fixture
def main(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    module = modules(monkeypatch)
    monkeypatch.setattr(module, "boto3", cloud)
    monkeypatch.setattr(module, "urllib3", SimpleNamespace(PoolManager=lambda: cloud))
    for name, value in {
        "BUCKET": "banner",
        "TOPIC": "arn:aws:sns:us-east-1:123456789012:notices",
        "BANNER": "bynomi-prod-notices",
        "BANNER_URL": "https://notices.x.example/banner.json",
    }.items():
        monkeypatch.setenv(name, value)
    yield module
    for name in MODULES:
        sys.modules.pop(name, None)


def at(moment: str, event: dict[str, Any] = PLAN) -> dict[str, Any]:
    """The event of a run at a moment (UTC)."""
    return {**event, "now": f"{moment}+00:00"}


# ---- the banner ---------------------------------------------------------------------------------


def test_the_weekly_window_is_shown_a_day_ahead_and_gone_when_it_closes(
    main: ModuleType, cloud: Cloud
) -> None:
    # Wednesday 25 November 2026, 03:00 in New York is 08:00 UTC.
    assert main.keep(at("2026-11-24T07:45"), None) == {"notices": [], "told": []}
    assert cloud.banner == []
    assert main.keep(at("2026-11-24T07:55"), None) == {
        "notices": ["weekly-2026-11-25"],
        "told": ["weekly-2026-11-25: announced"],
    }
    assert cloud.banner == [
        {
            "id": "weekly-2026-11-25",
            "kind": "planned",
            "shown_from": "2026-11-24T08:00:00Z",
            "from": "2026-11-25T08:00:00Z",
            "to": "2026-11-25T10:00:00Z",
            "title": "Scheduled maintenance on Wednesday 25 November 2026",
            "text": "We will be working on our systems on Wednesday 25 November 2026, 03:00-05:00 "
            "EST (2 hours). Parts of Bynomi may be slow or unavailable during that time.",
            "level": "info",
        }
    ]
    assert main.keep(at("2026-11-25T09:59"), None)["notices"] == ["weekly-2026-11-25"]
    assert main.keep(at("2026-11-25T10:00"), None) == {"notices": [], "told": []}
    assert cloud.mails == []


def test_novembers_first_sunday_is_told_with_both_clocks_and_five_hours(
    main: ModuleType, cloud: Cloud
) -> None:
    main.keep(at("2026-10-29T05:00"), None)
    (shown,) = cloud.banner
    assert (shown["shown_from"], shown["from"], shown["to"]) == (
        "2026-10-29T05:00:00Z",
        "2026-11-01T05:00:00Z",
        "2026-11-01T10:00:00Z",
    )
    when = "Sunday 1 November 2026, 01:00 EDT to 05:00 EST (5 hours)"
    assert when in shown["text"]
    assert [subject for subject, _ in cloud.mails] == [
        "Scheduled maintenance on Sunday 1 November 2026"
    ]
    assert when in cloud.mails[0][1]


@pytest.mark.parametrize(
    ("timezone", "window", "moment", "when"),
    [
        (
            "Europe/Berlin",
            {"on": "Saturday", "from": "22:00", "to": "02:30"},
            "2026-12-05T12:00",
            "Saturday 5 December 2026, 22:00 CET to Sunday 02:30 CET (4 hours 30 minutes)",
        ),
        (
            "America/Sao_Paulo",
            {"on": "Saturday", "from": "03:00", "to": "04:00"},
            "2026-12-05T05:00",
            "Saturday 5 December 2026, 03:00-04:00 UTC-03 (1 hour)",
        ),
        # Spring takes an hour: from 02:00 on the clocks show 03:00.
        (
            "America/New_York",
            {"on": "Sunday", "from": "01:00", "to": "05:00"},
            "2027-03-14T05:00",
            "Sunday 14 March 2027, 01:00 EST to 05:00 EDT (3 hours)",
        ),
    ],
)
def test_times_are_told_as_the_clocks_show_them(
    main: ModuleType, cloud: Cloud, timezone: str, window: dict[str, Any], moment: str, when: str
) -> None:
    main.keep(at(moment, plan(timezone, one={**window, "notice": BANNER})), None)
    assert when in cloud.banner[0]["text"]


def test_texts_are_the_plans(main: ModuleType, cloud: Cloud) -> None:
    notice = {
        **BANNER,
        "level": "warning",
        "title": "{company} is away",
        "text": "{day}: {opens} to {closes}, {length}",
    }
    main.keep(at("2026-11-24T20:00", plan(weekly={**WEEKLY, "notice": notice})), None)
    (shown,) = cloud.banner
    assert (shown["level"], shown["title"], shown["text"]) == (
        "warning",
        "Bynomi is away",
        "Wednesday 25 November 2026: 03:00 EST to 05:00 EST, 2 hours",
    )


def test_the_age_of_what_readers_get_is_published(main: ModuleType, cloud: Cloud) -> None:
    main.keep(at("2026-11-24T12:00"), None)
    (published,) = cloud.metrics
    assert (published["MetricName"], published["Value"], published["Dimensions"]) == (
        "BannerAge",
        0.0,
        [{"Name": "Banner", "Value": "bynomi-prod-notices"}],
    )


def test_readers_who_get_nothing_are_a_failure(main: ModuleType, cloud: Cloud) -> None:
    cloud.readers_get = 403
    with pytest.raises(RuntimeError, match="readers get no banner: status 403"):
        main.keep(at("2026-11-24T12:00"), None)
    assert cloud.metrics == []
    # It was written all the same.
    assert [each["id"] for each in cloud.banner] == ["weekly-2026-11-25"]


# ---- mails --------------------------------------------------------------------------------------

DUE = "2026-12-03T06:00"  # the monthly window opens on Sunday 6 December at 06:00 UTC


def test_a_mail_leaves_once(main: ModuleType, cloud: Cloud) -> None:
    for minutes in range(0, 60, 5):
        main.keep(at(f"2026-12-03T05:{minutes:02}"), None)
    for _ in range(3):
        main.keep(at(DUE), None)
    assert [subject for subject, _ in cloud.mails] == [
        "Scheduled maintenance on Sunday 6 December 2026"
    ]


def test_two_runs_at_once_mail_once(main: ModuleType, cloud: Cloud) -> None:
    class Racing(Cloud):
        """Another run claims the notice in the moment before this one does."""

        def put_object(self, Bucket: str, Key: str, Body: bytes, **given: Any) -> Any:
            if Key.startswith("announced/") and Key not in self.objects:
                super().put_object(Bucket, Key, Body)
            return super().put_object(Bucket, Key, Body, **given)

    racing = Racing()
    main.boto3 = racing  # type: ignore[attr-defined]
    main.urllib3 = SimpleNamespace(PoolManager=lambda: racing)  # type: ignore[attr-defined]
    assert main.keep(at(DUE), None) == {"notices": ["monthly-2026-12-06"], "told": []}
    assert racing.mails == []


def test_a_refused_mail_is_tried_again(main: ModuleType, cloud: Cloud) -> None:
    cloud.mail_fails, cloud.mail_leaves = refused("Publish", "AuthorizationError", 403), False
    with pytest.raises(RuntimeError, match="monthly-2026-12-06: ClientError"):
        main.keep(at(DUE), None)
    # The banner is there all the same.
    assert [each["id"] for each in cloud.banner] == ["monthly-2026-12-06"]
    cloud.mail_fails, cloud.mail_leaves = None, True
    main.keep(at("2026-12-03T06:05"), None)
    main.keep(at("2026-12-03T06:10"), None)
    assert len(cloud.mails) == 1


@pytest.mark.parametrize("left", [True, False])
def test_a_mail_of_unknown_fate_is_never_sent_twice_and_rings(
    main: ModuleType, cloud: Cloud, left: bool
) -> None:
    cloud.mail_fails, cloud.mail_leaves = ReadTimeoutError(endpoint_url="sns"), left
    with pytest.raises(RuntimeError, match="ReadTimeoutError"):
        main.keep(at(DUE), None)
    cloud.mail_fails, cloud.mail_leaves = None, True
    main.keep(at("2026-12-03T06:05"), None)
    for moment in ("2026-12-03T06:15", "2026-12-04T06:00"):
        with pytest.raises(RuntimeError, match="nobody knows whether its mail left"):
            main.keep(at(moment), None)
    assert len(cloud.mails) == int(left)


# ---- what changes after it was announced --------------------------------------------------------


def changed(**changes: Any) -> dict[str, Any]:
    event = deepcopy(PLAN)
    event["windows"]["monthly"].update(changes)
    return event


def test_a_cancelled_window_is_called_off_the_same_ways_once(
    main: ModuleType, cloud: Cloud
) -> None:
    main.keep(at(DUE), None)
    off = changed(cancelled=["2026-12-06"])
    assert main.keep(at("2026-12-04T12:00", off), None)["told"] == ["monthly-2026-12-06: cancelled"]
    main.keep(at("2026-12-04T12:05", off), None)
    said = (
        "The maintenance announced for Sunday 6 December 2026, 01:00-05:00 EST (4 hours) will not "
        "take place."
    )
    assert cloud.mails[1:] == [("Cancelled: Scheduled maintenance on Sunday 6 December 2026", said)]
    (shown,) = cloud.banner
    assert (shown["id"], shown["text"]) == ("monthly-2026-12-06-correction", said)
    # Until the time that was announced is over.
    assert main.keep(at("2026-12-06T10:00", off), None)["notices"] == []


def test_a_window_cancelled_before_it_was_announced_is_not_spoken_of(
    main: ModuleType, cloud: Cloud
) -> None:
    off = changed(cancelled=["2026-12-06"])
    for moment in ("2026-12-03T04:00", DUE, "2026-12-06T07:00"):
        assert main.keep(at(moment, off), None)["told"] == []
    assert (cloud.mails, cloud.banner) == ([], [])


def test_a_moved_window_is_corrected_and_announced_anew(main: ModuleType, cloud: Cloud) -> None:
    main.keep(at(DUE), None)
    moved = changed(moved={"2026-12-06": "2026-12-13"})
    assert main.keep(at("2026-12-04T12:00", moved), None)["told"] == ["monthly-2026-12-06: moved"]
    assert cloud.mails[1] == (
        "Moved: Scheduled maintenance on Sunday 6 December 2026",
        "The maintenance announced for Sunday 6 December 2026, 01:00-05:00 EST (4 hours) has been "
        "moved to Sunday 13 December 2026, 01:00-05:00 EST (4 hours).",
    )
    assert [each["id"] for each in cloud.banner] == ["monthly-2026-12-06-correction"]
    assert main.keep(at("2026-12-10T05:45", moved), None)["told"] == []
    assert main.keep(at("2026-12-10T05:55", moved), None)["told"] == [
        "monthly-2026-12-06: announced"
    ]
    (shown,) = cloud.banner
    assert (shown["from"], shown["shown_from"]) == ("2026-12-13T06:00:00Z", "2026-12-10T06:00:00Z")
    assert [subject for subject, _ in cloud.mails[2:]] == [
        "Scheduled maintenance on Sunday 13 December 2026"
    ]
    assert main.keep(at("2026-12-13T10:00", moved), None)["notices"] == []


def test_a_window_moved_to_tomorrow_is_told_by_its_correction(
    main: ModuleType, cloud: Cloud
) -> None:
    main.keep(at(DUE), None)
    moved = changed(moved={"2026-12-06": "2026-12-07"})
    main.keep(at("2026-12-05T12:00", moved), None)
    main.keep(at("2026-12-05T12:05", moved), None)
    assert [subject.partition(":")[0] for subject, _ in cloud.mails[1:]] == ["Moved"]
    assert [each["id"] for each in cloud.banner] == [
        "monthly-2026-12-06-correction",
        "monthly-2026-12-06",
    ]


def test_what_was_called_off_and_takes_place_after_all_is_announced_again(
    main: ModuleType, cloud: Cloud
) -> None:
    main.keep(at(DUE), None)
    main.keep(at("2026-12-04T12:00", changed(cancelled=["2026-12-06"])), None)
    main.keep(at("2026-12-04T13:00"), None)
    main.keep(at("2026-12-04T13:05"), None)
    assert [subject.partition(":")[0] for subject, _ in cloud.mails] == [
        "Scheduled maintenance on Sunday 6 December 2026",
        "Cancelled",
        "Scheduled maintenance on Sunday 6 December 2026",
    ]
    assert [each["id"] for each in cloud.banner] == ["monthly-2026-12-06"]


def test_a_window_that_leaves_the_plan_is_called_off(main: ModuleType, cloud: Cloud) -> None:
    main.keep(at(DUE), None)
    gone = deepcopy(PLAN)
    del gone["windows"]["monthly"]
    main.keep(at("2026-12-04T12:00", gone), None)
    main.keep(at("2026-12-04T12:05", gone), None)
    assert [subject.partition(":")[0] for subject, _ in cloud.mails[1:]] == ["Cancelled"]


# ---- every opening of two years -----------------------------------------------------------------

ZONES = ("America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata", "Etc/UTC")
START, END = date(2026, 11, 23), date(2028, 11, 23)


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    weekday = draw(st.sampled_from(("Sunday", "Wednesday", "Saturday")))
    nth = draw(st.sampled_from(("", "first ", "fourth ")))
    opens, closes = draw(
        st.lists(st.integers(0, 47), min_size=2, max_size=2, unique=True).filter(
            # What lasts no longer than clocks jump is a matter of windows.
            lambda each: (each[1] - each[0]) % 48 > 2
        )
    )
    window: dict[str, Any] = {
        "on": nth + weekday,
        "from": f"{opens // 2:02}:{opens % 2 * 30:02}",
        "to": f"{closes // 2:02}:{closes % 2 * 30:02}",
        "notice": {"ahead": f"{draw(st.integers(1, 100))} hours"},
    }
    days = [*Window.model_validate(window).openings(START, END)]
    off = draw(st.lists(st.sampled_from(days), max_size=4, unique=True))
    window["cancelled"] = [str(day) for day in off[2:]]
    window["moved"] = {str(day): str(day + timedelta(days=1)) for day in off[:2]}
    return window


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(window=windows(), timezone=st.sampled_from(ZONES))
def test_every_opening_has_one_banner_from_so_many_hours_before_until_it_closes(
    window: dict[str, Any], timezone: str
) -> None:
    """By the function's own calendar, held against the plan's."""
    with pytest.MonkeyPatch.context() as patch:
        main = modules(patch)
        ours = plan(timezone, one=window)
        because = "a reason of ten"
        planned = Window.model_validate(
            {
                **window,
                "cancelled": [{"on": day, "because": because} for day in window["cancelled"]],
                "moved": [
                    {"on": day, "to": to, "because": because} for day, to in window["moved"].items()
                ],
            }
        )
        found = [
            (main.announced_from(ours, opening), opening.closes)
            for opening in main.openings(
                "one", ours["windows"]["one"], main.ZoneInfo(timezone), START, END
            )
        ]
        notice = planned.notice
        assert isinstance(notice, Notice)
        # A moved opening may land on the day after the last one looked at.
        expected = [
            notice_stretch(planned, day, timezone)
            for day in planned.openings(START, END + timedelta(days=2))
        ]
        beyond = {
            notice_stretch(planned, day, timezone)
            for day in planned.openings(END, END + timedelta(days=2))
            if str(day - timedelta(days=1)) not in window["moved"]
        }
        assert sorted(found) == sorted(
            each for each in expected if each is not None and each not in beyond
        )
        for day, each in zip(planned.openings(START, END), expected, strict=False):
            assert each is not None
            opens, _ = planned.stretch(day, timezone)
            assert opens.astimezone(UTC) - each[0] == notice.ahead


@pytest.mark.slow
@pytest.mark.parametrize("timezone", ZONES)
def test_round_by_round_the_banner_stands_exactly_so_long(timezone: str) -> None:
    """By what pages would show, looked at every five minutes around the changes of clocks."""
    with pytest.MonkeyPatch.context() as patch:
        main = modules(patch)
        zone = main.ZoneInfo(timezone)
        window = {**MONTHLY, "on": "first Sunday", "notice": BOTH}
        ours, planned = plan(timezone, one=window), Window.model_validate(window)
        for day in (date(2027, 3, 7), date(2027, 4, 4), date(2027, 11, 7), date(2027, 10, 3)):
            stretch = notice_stretch(planned, day, timezone)
            assert stretch is not None
            now = stretch[0] - timedelta(hours=1)
            while now < stretch[1] + timedelta(hours=1):
                current = main.due_soon(ours, now, zone)
                shown = [
                    each["id"]
                    for each in main.banner(ours, now, zone, current, [])["notices"]
                    if datetime.fromisoformat(each["shown_from"]) <= now
                ]
                assert shown == ([f"one-{day}"] if stretch[0] <= now < stretch[1] else []), now
                now += ROUND
