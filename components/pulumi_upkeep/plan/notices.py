"""Notices of maintenance: what customers are told of a window, how, and how long before.

Source: Bynomi's plan, "Regular Maintenance Windows"; clauses BY-3.2 and BY-3.4.
"""

import re
import string
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from .faults import Fault, NotInWords, nearest
from .occasion import Occasion
from .schedule import NthWeekday
from .words import Duration, Email, Severity, Words, say_duration, tell_duration

if TYPE_CHECKING:
    from .plan import Plan
    from .windows import Window

# A function looks every five minutes, the CDN may keep a document for one, a page asks once a
# minute: a banner that has to be seen sooner than this cannot be promised.
APPEARS_WITHIN = timedelta(minutes=15)
# SNS: a subject has fewer than 100 characters, of ASCII, without line breaks [API, Publish].
SUBJECT_LIMIT = 99
# What a banner can hold and people read.
TEXT_LIMIT = 500
# The longest that a day and its times can become in a text.
_LONGEST: dict[str, str] = {
    "company": "",
    "day": "Wednesday 30 September 2026",
    "opens": "01:00 UTC+0530",
    "closes": "Wednesday 05:00 UTC+0530",
    "length": "23 hours 59 minutes",
    "when": "Wednesday 30 September 2026, 23:00 UTC+0530 to Wednesday 22:59 UTC+0530 "
    "(23 hours 59 minutes)",
}
PLACEHOLDERS = (*_LONGEST, "new")

Way = Literal["banner", "email"]


def _template(written: str) -> str:
    try:
        named = [name for _, name, _, _ in string.Formatter().parse(written) if name is not None]
    except ValueError:
        raise NotInWords(
            "a brace without its other one", "write `{{` where a brace itself is meant"
        ) from None
    for name in named:
        if name not in PLACEHOLDERS:
            close = nearest(name, PLACEHOLDERS)
            known = ", ".join(f"{{{each}}}" for each in PLACEHOLDERS)
            raise NotInWords(
                f"nothing is called {{{name}}} in a notice",
                f"did you mean `{{{close}}}`?" if close else f"known: {known}",
            )
    return written


def _one_line(written: str) -> str:
    if not written.isascii() or not written.isprintable():
        odd = next(each for each in written if not each.isascii() or not each.isprintable())
        raise NotInWords(
            f"{odd!r} cannot stand in the subject of an email [SNS]", "one line of plain letters"
        )
    return written


Title = Annotated[str, Field(min_length=1), AfterValidator(_template), AfterValidator(_one_line)]
Text = Annotated[str, Field(min_length=1, max_length=TEXT_LIMIT), AfterValidator(_template)]


def _some(values: tuple[Any, ...]) -> tuple[Any, ...]:
    # Not by `min_length`, which would count the values that stand before it only.
    if not values:
        raise NotInWords("empty", "name at least one")
    return values


def _not_twice(ways: tuple[Any, ...]) -> tuple[Any, ...]:
    for index, way in enumerate(ways):
        if way in ways[:index]:
            raise NotInWords(f"names {way} twice", "name each once")
    return ways


class Notice(Words):
    """What is told of a window before it opens.

    ahead    how long before it opens, in hours that pass and not as the clocks show them; at least
             15 minutes, and no longer than from one opening's end to the next
    by       ``banner`` and ``email``; default the banner
    level    ``info`` (default) or ``warning``: how the banner looks
    title    of the banner, and the email's subject
    text     what it says
    cancelled, moved   what it says when the opening was announced and is then called off, or moved

    In all texts ``{company}``, ``{day}``, ``{opens}``, ``{closes}``, ``{length}`` and ``{when}``
    (all four at once) are filled in, on the plan's clocks; in ``moved`` also ``{new}``, the new
    time.
    """

    ahead: Duration
    by: Annotated[tuple[Way, ...], AfterValidator(_some), AfterValidator(_not_twice)] = ("banner",)
    level: Literal["info", "warning"] = "info"
    title: Title = "Scheduled maintenance on {day}"
    text: Text = (
        "We will be working on our systems on {when}. "
        "Parts of {company} may be slow or unavailable during that time."
    )
    cancelled: Text = "The maintenance announced for {when} will not take place."
    moved: Text = "The maintenance announced for {when} has been moved to {new}."

    @model_validator(mode="after")
    def _is_early_enough(self) -> "Notice":
        if self.ahead < APPEARS_WITHIN:
            raise NotInWords(
                f"announced {say_duration(self.ahead)} ahead, and a banner takes up to "
                f"{say_duration(APPEARS_WITHIN)} to be seen by everybody",
                f"nearest: `ahead: {say_duration(APPEARS_WITHIN)}`",
            )
        return self


_ORIGIN = re.compile(r"^https://[a-z0-9.-]+(:\d+)?$")


def _origin(written: str) -> str:
    if _ORIGIN.match(written):
        return written
    found = re.match(r"^(?:https?://)?([A-Za-z0-9.-]+(?::\d+)?)", written)
    near = f"nearest: `https://{found[1].lower()}`" if found else "such as `https://www.bynomi.com`"
    raise NotInWords(
        "not an origin: a browser asks for scheme and host, without a path, and only over TLS", near
    )


Origin = Annotated[str, AfterValidator(_origin)]

_HOST = re.compile(r"^(?=.{1,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$")


def _host(written: str) -> str:
    if _HOST.match(written):
        return written
    bare = re.sub(r"^[a-z]+://|[/:].*$", "", written.strip().lower())
    near = f"nearest: `{bare}`" if _HOST.match(bare) else "such as `notices.bynomi.com`"
    raise NotInWords("not a host's name", near)


Host = Annotated[str, AfterValidator(_host)]
Sites = Annotated[tuple[Origin, ...], AfterValidator(_some), AfterValidator(_not_twice)]
Addresses = Annotated[tuple[Email, ...], AfterValidator(_not_twice)]


class Notices(Words):
    """Where notices of windows are seen, and who is told by mail.

    sites      origins of the pages that may read the banner: ``https://www.bynomi.com``
    address    host under which the banner is read, within ``estate.zone``; default a name of the
               CDN's own, with which it also takes TLS older than 1.2 [CloudFront]
    email      who is mailed: a mailing list's address, or a few people's. Default nobody
    severity   of the alarms that notices do not appear or are not withdrawn; default p2
    """

    sites: Sites
    address: Host | None = None
    email: Addresses = ()
    severity: Severity = "p2"


def announced(plan: "Plan") -> dict[str, "Window"]:
    """The windows that are announced, by name."""
    return {name: window for name, window in plan.windows.items() if window.notice is not None}


def notice_stretch(window: "Window", day: date, timezone: str) -> tuple[datetime, datetime] | None:
    """From when until when (UTC) the opening of a day is announced: so many real hours before it
    opens until it closes. None of an opening that spring skips whole, or without a notice."""
    if window.notice is None:
        return None
    opens, closes = window.stretch(day, timezone)
    return (opens - window.notice.ahead, closes) if opens < closes else None


def gap(window: "Window") -> timedelta:
    """The shortest time from one opening's end to the next, in a year with summer time."""
    every = timedelta(days=28 if isinstance(window.on, NthWeekday) else 7)
    # A clock change between two of them takes an hour.
    return every - timedelta(hours=1) - window.length


def notice_faults(plan: "Plan", broken: Collection[str] = ()) -> Iterator[Fault]:
    """Notices that nobody sees, that come too early to be told apart, or whose text is too long."""
    windows = {} if "windows" in broken else announced(plan)
    chapter = plan.notices
    if chapter is not None and not windows and "windows" not in broken:
        yield Fault(
            "notices", "no window is announced", None, "add `notice: {ahead: 24 hours}` to a window"
        )
    for name, window in windows.items():
        path = f"windows.{name}.notice"
        if "notices" not in broken:
            yield from _unseen(path, window.notice, chapter)
        yield from announcement_faults(path, window, "" if "company" in broken else plan.company)
    if chapter is not None and not {"notices", "estate"} & {*broken}:
        yield from _elsewhere(chapter, plan.estate.zone)


def announcement_faults(path: str, window: "Window", company: str) -> Iterator[Fault]:
    """What is wrong with the notice of a window by itself."""
    notice = window.notice
    if notice is None:
        return
    if notice.ahead > (most := gap(window)):
        yield Fault(
            f"{path}.ahead",
            f"longer than the time between two openings ({tell_duration(most)}): two of them would "
            "be announced at once",
            say_duration(notice.ahead),
            f"at most `{say_duration(_in_hours(most))}`",
        )
    # "Cancelled: " stands before the title of a correction.
    words = _LONGEST | {"company": company, "new": _LONGEST["when"]}
    length = len("Cancelled: " + notice.title.format(**words))
    if length > SUBJECT_LIMIT:
        yield Fault(
            f"{path}.title",
            f"{length} characters with a long day and `Cancelled: ` before it; a subject has "
            f"{SUBJECT_LIMIT} at most [SNS]",
            notice.title,
            f"{length - SUBJECT_LIMIT} fewer",
        )


def nobody(path: str, notice: Notice, where: str) -> Fault:
    """An email to nobody."""
    return Fault(
        path,
        f"an email to nobody: `{where}` names no address",
        f"[{', '.join(notice.by)}]",
        f"name one there, such as a mailing list's, or write `[{_other(notice.by)}]`",
    )


def _other(ways: tuple[Way, ...]) -> str:
    return ", ".join(way for way in ways if way != "email") or "banner"


def _in_hours(length: timedelta) -> timedelta:
    return length // timedelta(hours=1) * timedelta(hours=1)


def _unseen(path: str, notice: Notice | None, chapter: Notices | None) -> Iterator[Fault]:
    if notice is None:
        return
    if chapter is None:
        yield Fault(
            path,
            "is announced where nobody reads it: the plan has no chapter `notices`",
            None,
            "add `notices: {sites: [https://...]}`",
        )
    elif "email" in notice.by and not chapter.email:
        yield nobody(f"{path}.by", notice, "notices.email")


def _elsewhere(chapter: Notices, zone: str) -> Iterator[Fault]:
    if chapter.address is not None and not f".{chapter.address}".endswith(f".{zone}"):
        yield Fault(
            "notices.address",
            f"not within `estate.zone`, {zone}, where its record would stand",
            chapter.address,
            f"such as `notices.{zone}`",
        )


# ---- what is told to the function, and to the calendar ------------------------------------------


def notice_occasions(plan: "Plan", start: date, end: date) -> Iterator[Occasion]:
    """Every notice of an opening from ``start`` to before ``end``."""
    for name, window in announced(plan).items():
        notice = window.notice
        assert notice is not None
        for day in window.openings(start, end):
            stretch = notice_stretch(window, day, plan.timezone)
            if stretch is None:
                continue
            yield Occasion(
                stretch[0],
                stretch[1],
                "notice",
                name,
                f"windows.{name}.notice",
                f"the {name} window is announced by {' and '.join(notice.by)}",
            )
