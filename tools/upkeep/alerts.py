"""Every alert that a stack file declares, and who hears of it: read off what is declared.

Subscriptions of topics, channels of AWS's chat application, handles in messages, downtimes and mute
rules: whatever the plan may say, this is who would be told.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from pulumi_upkeep.observe.message_faults import handles
from pulumi_upkeep.plan import Plan
from pulumi_upkeep.plan.proofs.pages import Alert, Quiet, Recipient, Side, whose
from pulumi_upkeep.plan.words import SEVERITIES, Secret, Severity

from tools.upkeep.declared import ALARMS, MONITOR, SYNTHETIC_TEST, Declaration, Declared

_SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
_CHANNEL = "aws:chatbot/slackChannelConfiguration:SlackChannelConfiguration"
_MUTE = "aws:cloudwatch/alarmMuteRule:AlarmMuteRule"
_DOWNTIME = "datadog:index/downtimeSchedule:DowntimeSchedule"
_TEAM = "datadog:index/team:Team"
_WEBHOOK = "datadog:index/webhook:Webhook"
_TOPIC = "aws:sns/topic:Topic"
_DAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Found:
    """An alert as it is declared.

    kind         ``alarm``, ``composite alarm``, ``monitor``, ``check``
    spoken_for   names of the alerts that tell of it, where it tells nobody by itself
    """

    alert: Alert
    kind: str
    spoken_for: tuple[str, ...] = ()


def alerts(declaration: Declaration) -> dict[str, Found]:
    """Every alert by its name, sorted."""
    reading = _Reading(declaration)
    found = {found.alert.name: found for found in reading.all()}
    return {name: found[name] for name in sorted(found)}


class _Reading:
    def __init__(self, declaration: Declaration) -> None:
        self._all = declaration
        self._plan: Plan = declaration.plan
        self._topics = self._subscribed()
        self._muted = self._mute_rules()

    def all(self) -> Iterator[Found]:
        for name, each in self._all.of(*ALARMS).items():
            yield self._alarm(name, each)
        for name, each in self._all.of(MONITOR, SYNTHETIC_TEST).items():
            yield self._monitor(name, each)

    # ---- CloudWatch ----

    def _alarm(self, name: str, alarm: Declared) -> Found:
        topics = alarm.props.get("alarmActions") or ()
        heard = {each for topic in topics for each in self._topics.get(_last(topic), ())}
        physical = alarm.props.get("name") or alarm.props.get("alarmName")
        spoken: tuple[str, ...] = ()
        if not topics:
            spoken = tuple(
                sorted(
                    other
                    for other, each in self._all.of(ALARMS[1]).items()
                    if _mentions(each.props["alarmRule"], str(physical))
                )
            )
        windows = self._muted.get(str(physical), ())
        alert = self._alert(name, alarm, "CloudWatch", heard, windows)
        return Found(alert, "alarm" if alarm.type == ALARMS[0] else "composite alarm", spoken)

    def _subscribed(self) -> Mapping[str, set[Recipient]]:
        """Name of each topic -> who has subscribed to it, by mail, phone or in Slack."""
        found: dict[str, set[Recipient]] = {}
        for name, each in self._all.of(_SUBSCRIPTION).items():
            topic = _last(each.props["topic"])
            if each.props["protocol"] == "email":
                heard = Recipient("email", each.props["endpoint"])
            elif each.props["protocol"] == "sms":
                # `alerts-p0-sms-onCallPhone`, with `-datadog` where Datadog publishes to it.
                owner = name.partition("-sms-")[2].removesuffix("-datadog")
                heard = Recipient("SMS", self._owner(owner, topic))
            else:
                continue
            found.setdefault(topic, set()).add(heard)
        ids = {id_: name for name, id_ in self._channels().items()}
        for each in self._all.of(_CHANNEL).values():
            for topic in each.props["snsTopicArns"]:
                channel = ids[each.props["slackChannelId"]]
                found.setdefault(_last(topic), set()).add(Recipient("Slack", channel))
        return found

    def _owner(self, written: str, topic: str) -> str:
        """Whose phone it is: of a secret its name, of a number in the plan its place there."""
        if not written.startswith("phone-"):
            return whose(self._plan, Secret(secret=written))
        severity = next(each for each in SEVERITIES if each in topic.split("-"))
        return whose(self._plan, self._plan.severities[severity].sms[int(written[6:]) - 1])

    def _mute_rules(self) -> Mapping[str, tuple[Quiet, ...]]:
        """Name of each alarm in CloudWatch -> the windows that mute it."""
        found: dict[str, set[str]] = {}
        for each in self._all.of(_MUTE).values():
            for alarm in each.props["muteTargets"]["alarmNames"]:
                found.setdefault(alarm, set()).add(each.props["tags"]["window"])
        return {
            alarm: tuple(Quiet.in_window(self._plan, window) for window in sorted(windows))
            for alarm, windows in found.items()
        }

    # ---- Datadog ----

    def _monitor(self, name: str, monitor: Declared) -> Found:
        told = handles(monitor.props.get("message") or "", "alert")
        heard = {each for handle in told for each in self._handle(handle)}
        spoken: tuple[str, ...] = ()
        if not told:
            spoken = tuple(
                sorted(
                    other
                    for other, each in self._all.of(MONITOR).items()
                    if each.props["type"] == "composite"
                    and _mentions(each.props["query"], f"{name}-id")
                )
            )
        tags = set(monitor.props.get("tags") or ())
        windows = tuple(
            quiet
            for each in self._all.of(_DOWNTIME).values()
            if tags >= set(each.props["monitorIdentifier"].get("monitorTags") or ["nothing"])
            for quiet in self._downtime(each)
        )
        kind = "monitor" if monitor.type == MONITOR else "check"
        return Found(self._alert(name, monitor, "Datadog", heard, windows), kind, spoken)

    def _handle(self, handle: str) -> Iterator[Recipient]:
        if handle.startswith("@oncall-"):
            team = handle.removeprefix("@oncall-")
            of = {
                each.props["handle"]: name.removeprefix(f"{each.component}-")
                for name, each in self._all.of(_TEAM).items()
            }
            yield Recipient("On-Call", of[team])
        elif handle.startswith("@slack-"):
            account = self._plan.slack.account if self._plan.slack else ""
            yield Recipient("Slack", handle.removeprefix(f"@slack-{account}-"))
        elif handle.startswith("@sns-"):
            topics = {each.props["name"]: name for name, each in self._all.of(_TOPIC).items()}
            yield from self._topics[topics[handle.removeprefix("@sns-")]]
        elif handle.startswith("@webhook-"):
            hooks = {each.props["name"]: each.component for each in self._all.of(_WEBHOOK).values()}
            component = hooks[handle.removeprefix("@webhook-")]
            yield Recipient("ticket", component.removeprefix("tickets-"))
        elif handle.startswith("@case-"):
            case = handle.removeprefix("@case-")
            yield Recipient(
                "ticket",
                next(name for name, each in self._plan.tickets.items() if each.case == case),
            )
        else:
            yield Recipient("email", handle.removeprefix("@"))

    def _downtime(self, downtime: Declared) -> Iterator[Quiet]:
        tags = downtime.props["monitorIdentifier"]["monitorTags"]
        window = next((tag[6:] for tag in tags if tag.startswith("quiet:")), None)
        if window is not None and window in self._plan.windows:
            yield Quiet.in_window(self._plan, window)
            return
        schedule = downtime.props["recurringSchedule"]
        for each in schedule["recurrences"]:
            start = datetime.fromisoformat(each["start"])
            yield Quiet(
                downtime.component,
                _days_of(each["rrule"]),
                time(start.hour, start.minute),
                _length(each["duration"]),
                schedule["timezone"],
            )

    # ---- both ----

    def _alert(
        self,
        name: str,
        declared: Declared,
        side: Side,
        heard: set[Recipient],
        windows: tuple[Quiet, ...],
    ) -> Alert:
        again = declared.props.get("renotifyInterval")
        if declared.type == SYNTHETIC_TEST:
            options = declared.props.get("optionsList") or {}
            again = (options.get("monitorOptions") or {}).get("renotifyInterval")
        return Alert(
            name,
            _severity(declared),
            side,
            tuple(sorted(heard)),
            windows,
            timedelta(minutes=again) if again else None,
        )

    def _channels(self) -> Mapping[str, str]:
        return self._plan.slack.channels if self._plan.slack else {}


def _severity(declared: Declared) -> Severity:
    tags: Any = declared.props.get("tags") or {}
    written = (
        tags.get("severity")
        if isinstance(tags, Mapping)
        else next(tag.partition(":")[2] for tag in tags if tag.startswith("severity:"))
    )
    return next(each for each in SEVERITIES if each == written)


def _last(arn: str) -> str:
    """The name of a topic, which its ARN ends in."""
    return arn.rpartition(":")[2]


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"(?<![\w.-]){re.escape(name)}(?![\w.-])", text) is not None


def _days_of(rule: str) -> Any:
    """Whether a weekly rule of iCalendar opens on a day."""
    parts = dict(part.split("=") for part in rule.split(";"))
    days = parts["BYDAY"].split(",") if "BYDAY" in parts else list(_DAYS)

    def opens(day: date) -> bool:
        return _DAYS[day.weekday()] in days

    return opens


def _length(written: str) -> timedelta:
    """``30m``, ``4h``, ``1d``, ``1w``."""
    unit = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}[written[-1]]
    return timedelta(**{unit: int(written[:-1])})
