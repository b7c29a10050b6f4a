"""Announces maintenance windows: writes the banner, mails, and takes both back.

Runs every few minutes. An opening is announced so many real hours before it opens until it closes.
One that was announced and is then moved or cancelled is corrected, the same ways, once.

``keep(event)``   the event is the plan's: {"company", "timezone", "windows": {name: {"on", "from",
                  "to", "cancelled", "moved", "notice"}}}; with "now" (ISO) that moment is judged
                  instead of the present one

BUCKET (environment)   holds the banner, ``banner.json``, and what was told (see ``told.py``)
TOPIC                  whom mails go to; empty where none do
BANNER_URL             where readers find the banner: it is read there, and its age published as
                       Upkeep/Operate BannerAge{Banner}, in minutes
BANNER                 the name that the age is published under

The banner: {"version": 1, "as_of", "notices": [{"id", "kind", "shown_from", "from", "to", "title",
"text", "level"}]}. A notice is in it a little before ``shown_from``, so that pages show it to the
second, and gone from it after ``to``; ``from`` is when the window opens. ``kind`` is ``planned``,
or ``cancelled`` or ``moved`` of a time that was announced and no longer holds.
"""

import json
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import boto3
import urllib3
from botocore.config import Config
from botocore.exceptions import ClientError
from openings import Opening, openings  # type: ignore[import-not-found,unused-ignore]
from texts import announcement, correction  # type: ignore[import-not-found,unused-ignore]
from told import Ledger, Taken, Told, span  # type: ignore[import-not-found,unused-ignore]

NAMESPACE = "Upkeep/Operate"
BANNER = "banner.json"
VERSION = 1
# Two runs and the time that the CDN keeps a document: nothing is told later than promised.
LEAD = timedelta(minutes=10)
CACHED_SECONDS = 60
# After so long a mail that was claimed and not confirmed is of unknown fate.
MAIL_TAKES = timedelta(minutes=10)
DAY = timedelta(days=1)


def keep(event: Any, context: Any) -> dict[str, Any]:
    """Announces, corrects and withdraws what is due; answers {"notices": [id], "told": [...]}.

    Raises RuntimeError in the end where something could not be done, having done all else.
    """
    now = datetime.fromisoformat(event["now"]) if event.get("now") else datetime.now(UTC)
    zone = ZoneInfo(event["timezone"])
    ledger = Ledger(boto3.client("s3"), os.environ["BUCKET"])
    known = ledger.read(now)
    current = {each.id: each for each in due_soon(event, now, zone)}
    done: list[str] = []
    failed: dict[str, str] = {}
    for id_ in sorted(known.keys() | current.keys()):
        try:
            told = _tell(event, zone, now, current.get(id_), known.get(id_), ledger)
        except Taken:
            continue
        except Exception as error:
            # Each is announced, whatever becomes of another.
            failed[id_] = f"{type(error).__name__}: {error}"
            continue
        if told is not None:
            known[id_], what = told
            done.append(f"{id_}: {what}")
    document = banner(event, now, zone, current.values(), known.values())
    _publish(document)
    try:
        _measure(now)
    except Exception as error:
        failed["banner"] = f"{type(error).__name__}: {error}"
    for name, why in sorted(failed.items()):
        print(json.dumps({"notice": name, "failed": why}))
    if failed:
        raise RuntimeError("; ".join(f"{name}: {why}" for name, why in sorted(failed.items())))
    return {"notices": [each["id"] for each in document["notices"]], "told": done}


def due_soon(event: Mapping[str, Any], now: datetime, zone: ZoneInfo) -> Iterator[Opening]:
    """The openings that have not closed, a little beyond those that are announced by now."""
    today = now.astimezone(zone).date()
    for name, window in sorted(event["windows"].items()):
        ahead = timedelta(seconds=window["notice"]["ahead"])
        # Further ahead than needed: what was announced and is moved far away is still known.
        last = today + ahead + LEAD + 31 * DAY
        for each in openings(name, window, zone, today - 2 * DAY, last + DAY):
            if each.closes > now:
                yield each


def announced_from(event: Mapping[str, Any], opening: Opening) -> datetime:
    """When the notice of an opening is first shown: so many hours before it, as they pass."""
    ahead: float = event["windows"][opening.window]["notice"]["ahead"]
    opens: datetime = opening.opens
    return opens - timedelta(seconds=ahead)


def banner(
    event: Mapping[str, Any], now: datetime, zone: ZoneInfo, current: Any, known: Any
) -> dict[str, Any]:
    """The document that pages read."""
    notices = []
    for opening in current:
        shown_from = announced_from(event, opening)
        if now < shown_from - LEAD:
            continue
        notice = event["windows"][opening.window]["notice"]
        when = (opening.opens, opening.closes)
        words = announcement(notice, event["company"], *when, zone)
        notices.append(_entry(opening.id, "planned", shown_from, when, words, notice["level"]))
    for told in known:
        said = told.get("correction")
        if said and (was := span(said)) and was[1] > now:
            shown_from = datetime.fromisoformat(told["at"])
            # The same opening has another entry where it is moved to a time close by.
            id_ = f"{told['id']}-correction"
            words = (said["title"], said["text"])
            level = told["notice"]["level"]
            notices.append(_entry(id_, said["kind"], shown_from, was, words, level))
    notices.sort(key=lambda each: (each["from"], each["id"]))
    return {"version": VERSION, "as_of": _iso(now), "notices": notices}


def _entry(
    id_: str,
    kind: str,
    shown_from: datetime,
    when: tuple[datetime, datetime],
    words: tuple[str, str],
    level: str,
) -> dict[str, str]:
    opens, closes = when
    title, text = words
    return {
        "id": id_,
        "kind": kind,
        "shown_from": _iso(shown_from),
        "from": _iso(opens),
        "to": _iso(closes),
        "title": title,
        "text": text,
        "level": level,
    }


def _tell(
    event: Mapping[str, Any],
    zone: ZoneInfo,
    now: datetime,
    opening: Opening | None,
    known: Told | None,
    ledger: Ledger,
) -> tuple[Told, str] | None:
    """Announces or corrects one opening, if that is due; answers with what is told now."""
    was = span(known) if known else None
    if known and known["mail"] == "sending":
        if now - datetime.fromisoformat(known["at"]) > MAIL_TAKES:
            raise RuntimeError("nobody knows whether its mail left; see the runbook")
        return None
    holds = (opening.opens, opening.closes) if opening else None
    if was == holds or (was and was[1] <= now):
        return None
    due = bool(opening) and now >= announced_from(event, opening) - LEAD
    if was is None:
        if not due or opening is None or holds is None:
            return None
        notice = event["windows"][opening.window]["notice"]
        words = announcement(notice, event["company"], *holds, zone)
        said = (known or {}).get("correction")
        # Back at the time that was called off: what was said of that no longer holds.
        kept = said if said and span(said) != holds else None
        told = _told(opening.id, opening.window, notice, holds, kept, now)
        return _mailed(told, known, words, ledger), "announced"
    assert known is not None
    # Corrected the way it was announced: the window may have left the plan.
    words = correction(known["notice"], event["company"], was, holds, zone)
    kind = "moved" if holds else "cancelled"
    said = {
        "kind": kind,
        "opens": _iso(was[0]),
        "closes": _iso(was[1]),
        "title": words[0],
        "text": words[1],
    }
    told = _told(known["id"], known["window"], known["notice"], holds if due else None, said, now)
    return _mailed(told, known, words, ledger), kind


def _told(
    id_: str,
    window: str,
    notice: Mapping[str, Any],
    holds: tuple[datetime, datetime] | None,
    said: Mapping[str, str] | None,
    now: datetime,
) -> Told:
    return {
        "id": id_,
        "window": window,
        "notice": dict(notice),
        "opens": _iso(holds[0]) if holds else None,
        "closes": _iso(holds[1]) if holds else None,
        "correction": dict(said) if said else None,
        "mail": "sending" if "email" in notice["by"] else "none",
        "message": None,
        "at": _iso(now),
    }


def _mailed(told: Told, before: Told | None, words: tuple[str, str], ledger: Ledger) -> Told:
    """Claims what is told, mails it where that is asked for, and confirms it."""
    ledger.write(told)
    if told["mail"] == "none":
        return told
    try:
        message = _mail(*words)
    except ClientError as error:
        # Refused, so that it has not left: the next run tries again.
        if error.response["ResponseMetadata"]["HTTPStatusCode"] < 500:
            if before is None:
                ledger.forget(told["id"])
            else:
                ledger.write(before)
        raise
    told = {**told, "mail": "sent", "message": message}
    ledger.write(told)
    return told


def _mail(title: str, text: str) -> str:
    # Once: a second attempt after a silence might be a second mail.
    once = Config(retries={"total_max_attempts": 1})
    answer = boto3.client("sns", config=once).publish(
        TopicArn=os.environ["TOPIC"], Subject=title, Message=f"{text}\n"
    )
    return str(answer["MessageId"])


def _publish(document: Mapping[str, Any]) -> None:
    boto3.client("s3").put_object(
        Bucket=os.environ["BUCKET"],
        Key=BANNER,
        Body=json.dumps(document, sort_keys=True).encode(),
        ContentType="application/json",
        CacheControl=f"public, max-age={CACHED_SECONDS}",
    )


def _measure(now: datetime) -> None:
    """Reads the banner as readers do, and publishes how old it is."""
    answer = urllib3.PoolManager().request("GET", os.environ["BANNER_URL"], timeout=10.0)
    if answer.status != 200:
        raise RuntimeError(f"readers get no banner: status {answer.status}")
    as_of = datetime.fromisoformat(json.loads(answer.data)["as_of"])
    boto3.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {
                "MetricName": "BannerAge",
                "Dimensions": [{"Name": "Banner", "Value": os.environ["BANNER"]}],
                "Value": max((now - as_of) / timedelta(minutes=1), 0.0),
                "Unit": "None",
            }
        ],
    )


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
