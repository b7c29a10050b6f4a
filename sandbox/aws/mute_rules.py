"""CloudWatch's alarm mute rules: alarms that change their state and call no action for a while.

Source: CloudWatch API reference, PutAlarmMuteRule, Schedule and MuteTargets. Expressions are
standard cron of five fields, in which a day of the month and a weekday are alternatives: where both
are given, either is enough. A time that the clocks skip is not run, one that they repeat runs
once; the service says nothing of either.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from moto.cloudwatch.exceptions import ResourceNotFoundException, ValidationError
from moto.core.responses import ActionResult, EmptyResult

ALARMS_PER_RULE = 100
SHORTEST, LONGEST = timedelta(minutes=1), timedelta(days=15)
PAGE_DEFAULT, PAGE_MAXIMUM = 50, 100

_AT = re.compile(r"^at\((\d{4}-\d{2}-\d{2}T\d{2}:\d{2})(:\d{2})?\)$")
_CRON = re.compile(r"^cron\((\S+) (\S+) (\S+) (\S+) (\S+)\)$")
_DURATION = re.compile(r"^P(?=.)(?:(\d+)D)?(?:T(?=.)(?:(\d+)H)?(?:(\d+)M)?)?$")
_MONTHS = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def _field(text: str, first: int, last: int, names: tuple[str, ...] = ()) -> frozenset[int] | None:
    """The values of a field: ``*``, numbers, names, ``-`` and ``,``; None for ``*``."""
    if text == "*":
        return None
    values: set[int] = set()
    for part in text.split(","):
        ends = [_value(each, first, names) for each in part.split("-")]
        if len(ends) > 2 or not all(first <= each <= last for each in ends) or ends[0] > ends[-1]:
            raise ValueError(text)
        values |= set(range(ends[0], ends[-1] + 1))
    return frozenset(values)


def _value(text: str, first: int, names: tuple[str, ...]) -> int:
    if text.upper() in names:
        return names.index(text.upper()) + first
    return int(text)


class Cron:
    """``cron(minutes hours day-of-month month day-of-week)``; ValueError where it is none."""

    def __init__(self, expression: str) -> None:
        match = _CRON.match(expression)
        if match is None:
            raise ValueError(expression)
        self._minutes = _field(match[1], 0, 59)
        self._hours = _field(match[2], 0, 23)
        self._days = _field(match[3], 1, 31)
        self._months = _field(match[4], 1, 12, _MONTHS)
        # 7 is Sunday as well.
        weekdays = _field(match[5], 0, 7, _DAYS)
        self._weekdays = None if weekdays is None else frozenset(day % 7 for day in weekdays)

    def runs_on(self, day: datetime) -> bool:
        """Whether it runs on a day."""
        if self._months is not None and day.month not in self._months:
            return False
        by_day = self._days is not None and day.day in self._days
        by_weekday = self._weekdays is not None and day.isoweekday() % 7 in self._weekdays
        if self._days is not None and self._weekdays is not None:
            return by_day or by_weekday
        return (self._days is None or by_day) and (self._weekdays is None or by_weekday)

    def times(self) -> Iterator[tuple[int, int]]:
        """Hours and minutes at which it runs."""
        for hour in range(24) if self._hours is None else sorted(self._hours):
            for minute in range(60) if self._minutes is None else sorted(self._minutes):
                yield hour, minute


def duration(text: str) -> timedelta:
    """ISO 8601, ``PT1M`` to ``P15D``; ValueError for anything else."""
    match = _DURATION.match(text)
    if match is None:
        raise ValueError(text)
    days, hours, minutes = (int(each or 0) for each in match.groups())
    length = timedelta(days=days, hours=hours, minutes=minutes)
    if not SHORTEST <= length <= LONGEST:
        raise ValueError(text)
    return length


def check(document: Mapping[str, Any], alarms: Mapping[str, Any]) -> None:
    """Raise the service's error for what it refuses in a rule."""
    schedule = document["Rule"]["Schedule"]
    expression = schedule["Expression"]
    at = _AT.match(expression)
    if at is None:
        try:
            Cron(expression)
        except ValueError:
            raise ValidationError(f"Expression {expression}: neither cron nor at") from None
    elif document.get("StartDate") or document.get("ExpireDate"):
        raise ValidationError("Can not set start or expire dates for At expressions")
    try:
        duration(schedule["Duration"])
    except ValueError:
        raise ValidationError(f"Duration {schedule['Duration']}: PT1M to P15D") from None
    timezone = schedule.get("Timezone") or "UTC"
    if timezone not in available_timezones():
        raise ValidationError(f"Timezone {timezone} is not known")
    starts, expires = document.get("StartDate"), document.get("ExpireDate")
    if starts and expires and moment(starts) >= moment(expires):
        raise ValidationError("StartDate must lie before ExpireDate")
    names = (document.get("MuteTargets") or {}).get("AlarmNames") or []
    if len(names) > ALARMS_PER_RULE:
        raise ValidationError(f"MuteTargets: at most {ALARMS_PER_RULE} alarms")
    missing = sorted(name for name in names if name not in alarms)
    if missing:
        raise ValidationError(f"MuteTargets: alarms do not exist: {', '.join(missing)}")


def moment(value: Any) -> datetime:
    """A timestamp of a request as an aware datetime."""
    stamp: datetime = (
        datetime.fromisoformat(value.replace("Z", "+00:00")) if isinstance(value, str) else value
    )
    return stamp if stamp.tzinfo is not None else stamp.replace(tzinfo=UTC)


def is_active(document: Mapping[str, Any], now: datetime) -> bool:
    """Whether a rule mutes at a moment (aware)."""
    schedule = document["Rule"]["Schedule"]
    zone, length = ZoneInfo(schedule.get("Timezone") or "UTC"), duration(schedule["Duration"])
    starts, expires = document.get("StartDate"), document.get("ExpireDate")
    if expires and now >= moment(expires):
        return False
    return any(
        start <= now < start + length
        for start in _starts(schedule["Expression"], zone, now - length, now)
        if not starts or start >= moment(starts)
    )


def _starts(expression: str, zone: ZoneInfo, since: datetime, until: datetime) -> Iterator[Any]:
    at = _AT.match(expression)
    if at is not None:
        yield datetime.fromisoformat(at[1]).replace(tzinfo=zone).astimezone(UTC)
        return
    cron = Cron(expression)
    day = since.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    while day.date() <= until.astimezone(zone).date():
        if cron.runs_on(day):
            for hour, minute in cron.times():
                local = day.replace(hour=hour, minute=minute, fold=0)
                start = local.astimezone(UTC)
                if start.astimezone(zone).replace(tzinfo=None) == local.replace(tzinfo=None):
                    yield start
        day += timedelta(days=1)


def status(document: Mapping[str, Any], now: datetime) -> str:
    """SCHEDULED, ACTIVE or EXPIRED."""
    if is_active(document, now):
        return "ACTIVE"
    expires = document.get("ExpireDate")
    at = _AT.match(document["Rule"]["Schedule"]["Expression"])
    if at is not None:
        zone = ZoneInfo(document["Rule"]["Schedule"].get("Timezone") or "UTC")
        gone = datetime.fromisoformat(at[1]).replace(tzinfo=zone) < now
        return "EXPIRED" if gone else "SCHEDULED"
    return "EXPIRED" if expires and now >= moment(expires) else "SCHEDULED"


class MuteRules:
    """What a CloudWatch backend keeps of mute rules, by name; mixed into it."""

    alarms: dict[str, Any]
    tagger: Any
    account_id: str
    region_name: str

    @property
    def mute_rules(self) -> dict[str, dict[str, Any]]:
        """Each rule as it was put, with when that was."""
        kept: dict[str, dict[str, Any]] = self.__dict__.setdefault("_mute_rules", {})
        return kept

    def mute_rule_arn(self, name: str) -> str:
        """The rule's ARN."""
        return f"arn:aws:cloudwatch:{self.region_name}:{self.account_id}:alarm-mute-rule:{name}"

    def put_mute_rule(self, document: Mapping[str, Any]) -> None:
        """Create or replace a rule."""
        check(document, self.alarms)
        name = document["Name"]
        # Tags of a rule that exists are changed by TagResource only.
        if name not in self.mute_rules and document.get("Tags"):
            self.tagger.tag_resource(self.mute_rule_arn(name), document["Tags"])
        kept = {key: value for key, value in document.items() if key != "Tags"}
        self.mute_rules[name] = {**kept, "LastUpdatedTimestamp": datetime.now(UTC)}

    def mute_rule(self, name: str) -> dict[str, Any]:
        """A rule; the service's error where there is none."""
        if name not in self.mute_rules:
            raise ResourceNotFoundException
        return self.mute_rules[name]

    def delete_mute_rule(self, name: str) -> None:
        """Deleting one that does not exist succeeds [DeleteAlarmMuteRule]."""
        if self.mute_rules.pop(name, None) is not None:
            self.tagger.delete_all_tags_for_resource(self.mute_rule_arn(name))

    def is_muted(self, alarm: str, now: datetime) -> bool:
        """Whether a rule mutes an alarm at a moment."""
        return any(
            alarm in ((rule.get("MuteTargets") or {}).get("AlarmNames") or ())
            and is_active(rule, now)
            for rule in list(self.mute_rules.values())
        )


class MuteRuleOperations:
    """The operations; mixed into CloudWatch's responses."""

    cloudwatch_backend: Any
    _get_params: Any

    def put_alarm_mute_rule(self) -> ActionResult:
        self.cloudwatch_backend.put_mute_rule(dict(self._get_params()))
        return EmptyResult()

    def get_alarm_mute_rule(self) -> ActionResult:
        name = self._get_params()["AlarmMuteRuleName"]
        rule = self.cloudwatch_backend.mute_rule(name)
        return ActionResult({**rule, **self._shown(name, rule)})

    def delete_alarm_mute_rule(self) -> ActionResult:
        self.cloudwatch_backend.delete_mute_rule(self._get_params()["AlarmMuteRuleName"])
        return EmptyResult()

    def list_alarm_mute_rules(self) -> ActionResult:
        asked = self._get_params()
        found = []
        for name, rule in sorted(self.cloudwatch_backend.mute_rules.items()):
            shown = self._shown(name, rule)
            names = (rule.get("MuteTargets") or {}).get("AlarmNames") or ()
            if asked.get("AlarmName") and asked["AlarmName"] not in names:
                continue
            if asked.get("Statuses") and shown["Status"] not in asked["Statuses"]:
                continue
            found.append({**shown, "ExpireDate": rule.get("ExpireDate")})
        size = int(asked.get("MaxRecords") or PAGE_DEFAULT)
        if not 1 <= size <= PAGE_MAXIMUM:
            raise ValidationError(f"MaxRecords {size}: 1 to {PAGE_MAXIMUM}")
        begin = int(asked.get("NextToken") or 0)
        result: dict[str, Any] = {"AlarmMuteRuleSummaries": found[begin : begin + size]}
        if begin + size < len(found):
            result["NextToken"] = str(begin + size)
        return ActionResult(result)

    def _shown(self, name: str, rule: Mapping[str, Any]) -> dict[str, Any]:
        once = rule["Rule"]["Schedule"]["Expression"].startswith("at(")
        return {
            "AlarmMuteRuleArn": self.cloudwatch_backend.mute_rule_arn(name),
            "Status": status(rule, datetime.now(UTC)),
            "MuteType": "ONE_TIME" if once else "RECURRING",
            "LastUpdatedTimestamp": rule["LastUpdatedTimestamp"],
        }
