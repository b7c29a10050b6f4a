"""Metric alarms, evaluated from the data that was put, as CloudWatch does.

An alarm looks at its last ``EvaluationPeriods`` whole periods, and at two more where some of those
are empty; what is missing even then is filled in by ``TreatMissingData``. A change of state calls
the alarm's actions, so that an alarm really rings: SNS topics get CloudWatch's own message. A muted
alarm (``mute_rules.py``) changes its state and calls nothing; where it is still in ``ALARM`` when
the muting ends, its actions are called then.

When it happens. An alarm with data is evaluated whenever somebody describes it. All are evaluated
by ``POST /_upkeep/alarms`` (silence counts there), and again and again in a sandbox whose clock
runs (``POST /_upkeep/clock``); without one of these a sandbox evaluates nothing by itself.

Not evaluated: percentiles of aggregated data, anomaly detection, SEARCH, METRICS and other
functions beyond those of ``_FUNCTIONS``. Such an alarm keeps its state.
"""

import ast
import json
import math
import operator
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from moto.cloudwatch.models import Alarm, MetricAggregatedDatum, MetricDatum

from sandbox.aws.outage import OUTAGE

# [CloudWatch, "Configuring how alarms treat missing data"]: its tables show five periods for an
# alarm of three.
MORE_PERIODS_WHERE_DATA_IS_MISSING = 2

OK, ALARM, INSUFFICIENT_DATA = "OK", "ALARM", "INSUFFICIENT_DATA"
_ACTIONS = {
    OK: "OKActions",
    ALARM: "AlarmActions",
    INSUFFICIENT_DATA: "InsufficientDataActions",
}
_COMPARISONS: Mapping[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}

Point = float | None
# (namespace, metric, dimensions, statistic, period) -> one value per period, oldest first.
Series = Callable[[str, str, Sequence[Mapping[str, str]], str, int], list[Point]]


class NotEvaluated(Exception):
    """An alarm stands on something that this evaluation does not know."""


@dataclass(frozen=True)
class Datum:
    """What one ``PutMetricData`` said: a value, or the figures of several."""

    at: float
    values: tuple[float, ...]
    sum: float
    minimum: float
    maximum: float
    count: float

    @classmethod
    def of(cls, put: Any) -> "Datum":
        """From moto's."""
        at = put.timestamp
        if at.tzinfo is None:
            at = at.replace(tzinfo=UTC)
        if isinstance(put, MetricAggregatedDatum):
            low, high = float(put.min), float(put.max)
            return cls(at.timestamp(), (), float(put.sum), low, high, float(put.sample_count))
        value = float(put.value)
        return cls(at.timestamp(), (value,), value, value, value, 1.0)


def _statistic(name: str, data: Sequence[Datum]) -> float:
    count = sum(each.count for each in data)
    match name:
        case "SampleCount":
            return count
        case "Sum":
            return sum(each.sum for each in data)
        case "Average":
            return sum(each.sum for each in data) / count
        case "Minimum":
            return min(each.minimum for each in data)
        case "Maximum":
            return max(each.maximum for each in data)
    values = sorted(value for each in data for value in each.values)
    if not name.startswith("p") or len(values) < count:
        raise NotEvaluated(f"statistic {name}")
    rank = math.ceil(float(name[1:]) / 100 * len(values))
    return values[max(rank, 1) - 1]


def evaluate(document: Mapping[str, Any], series: Series, before: str) -> tuple[str, str]:
    """The state of an alarm and the reason, from one value per period.

    document: the request that made the alarm.
    series: gives the values of a metric; None is a period without data. The list is as long as
        ``periods_of`` says, and its end is the newest whole period.
    before: the state the alarm is in, which some cases keep.
    """
    points = _points(document, series)
    wanted = int(document["EvaluationPeriods"])
    needed = int(document.get("DatapointsToAlarm") or wanted)
    compare = _COMPARISONS.get(document["ComparisonOperator"])
    if compare is None:
        raise NotEvaluated(document["ComparisonOperator"])
    threshold = float(document["Threshold"])
    # (how many periods ago, 1 is the newest; whether it breaches): the newest that exist.
    found = [
        (len(points) - at, compare(point, threshold))
        for at, point in enumerate(points)
        if point is not None
    ][-wanted:]
    missing = document.get("TreatMissingData") or "missing"
    if not found:
        state = {
            "missing": INSUFFICIENT_DATA,
            "ignore": before,
            "breaching": ALARM,
            "notBreaching": OK,
        }[missing]
        return state, f"No data in {len(points)} periods; missing data is {missing}"
    empty = wanted - len(found)
    breaching = sum(bad for _ago, bad in found)
    said = f"{breaching} of {len(found)} datapoints {document['ComparisonOperator']} {threshold:g}"
    if breaching >= needed or (missing == "breaching" and breaching + empty >= needed):
        return ALARM, said
    if not empty or missing in ("breaching", "notBreaching") or breaching < len(found):
        return OK, said
    # All that there is breaches, and it is not enough: early alarm, or no change.
    if missing == "missing" and found[0][0] >= needed:
        return ALARM, f"{said}, the others are missing"
    return before, f"{said}, the others are missing"


def periods_of(document: Mapping[str, Any]) -> int:
    """How many periods an evaluation looks back."""
    return int(document["EvaluationPeriods"]) + MORE_PERIODS_WHERE_DATA_IS_MISSING


def metrics_of(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The metrics an alarm stands on: Namespace, MetricName, Dimensions."""
    if document.get("MetricName"):
        yield document
    for query in document.get("Metrics") or ():
        if query.get("MetricStat"):
            yield query["MetricStat"]["Metric"]


def _points(document: Mapping[str, Any], series: Series) -> list[Point]:
    if document.get("MetricName"):
        return series(
            document["Namespace"],
            document["MetricName"],
            document.get("Dimensions") or (),
            document.get("Statistic") or document["ExtendedStatistic"],
            int(document["Period"]),
        )
    queries = {query["Id"]: query for query in document.get("Metrics") or ()}
    returned = [query for query in queries.values() if query.get("ReturnData") is not False]
    if len(returned) != 1:
        raise NotEvaluated("several metrics return data")
    known: dict[str, list[Point]] = {}

    def values(query: Mapping[str, Any]) -> list[Point]:
        name = query["Id"]
        if name not in known:
            stat = query.get("MetricStat")
            if stat:
                metric = stat["Metric"]
                known[name] = series(
                    metric["Namespace"],
                    metric["MetricName"],
                    metric.get("Dimensions") or (),
                    stat["Stat"],
                    int(stat["Period"]),
                )
            else:
                known[name] = _math(
                    query["Expression"], lambda other: values(queries[other]), set(queries)
                )
        return known[name]

    return values(returned[0])


_OPERATORS: Mapping[type, Callable[[Any, Any], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_FUNCTIONS = frozenset({"IF", "FILL", "SUM", "MAX", "MIN", "AVG"})
_OVER_SEVERAL: Mapping[str, Callable[[list[float]], float]] = {
    "SUM": sum,
    "MAX": max,
    "MIN": min,
    "AVG": lambda values: sum(values) / len(values),
}


def _math(text: str, of: Callable[[str], list[Point]], names: Iterable[str]) -> list[Point]:
    """Metric math over whole series: numbers, ids, arithmetic, comparisons, IF, FILL, and SUM,
    MAX, MIN, AVG of a list of ids."""
    try:
        tree = ast.parse(text.replace("&&", " and ").replace("||", " or "), mode="eval").body
    except SyntaxError:
        raise NotEvaluated(text) from None
    used = [
        node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and node.id in set(names)
    ]
    if not used:
        raise NotEvaluated(text)
    columns = {name: of(name) for name in used}
    length = max((len(column) for column in columns.values()), default=0)
    return [
        _value(tree, {name: column[at] for name, column in columns.items()}, text)
        for at in range(length)
    ]


def _value(node: ast.expr, row: Mapping[str, Point], text: str) -> Point:
    def value(part: ast.expr) -> Point:
        return _value(part, row, text)

    match node:
        case ast.Constant(value=int() | float() as number):
            return float(number)
        case ast.Name(id=name) if name in row:
            return row[name]
        case ast.UnaryOp(op=ast.USub(), operand=part):
            inner = value(part)
            return None if inner is None else -inner
        case ast.BinOp(left=left, op=how, right=right):
            return _combined(how, value(left), value(right), text)
        case ast.Compare(left=left, ops=[how], comparators=[right]):
            return _combined(how, value(left), value(right), text)
        case ast.BoolOp(op=how, values=parts):
            each = [value(part) for part in parts]
            if any(one is None for one in each):
                return None
            return float((all if isinstance(how, ast.And) else any)(each))
        case ast.Call(func=ast.Name(id=name), args=arguments) if name in _FUNCTIONS:
            return _called(name, arguments, value, text)
    raise NotEvaluated(text)


def _combined(how: ast.AST, left: Point, right: Point, text: str) -> Point:
    act = _OPERATORS.get(type(how))
    if act is None:
        raise NotEvaluated(text)
    if left is None or right is None or (act is operator.truediv and right == 0):
        return None
    return float(act(left, right))


def _called(
    name: str, arguments: Sequence[ast.expr], value: Callable[[ast.expr], Point], text: str
) -> Point:
    if name == "IF" and len(arguments) in (2, 3):
        asked = value(arguments[0])
        if asked is None:
            return None
        if asked:
            return value(arguments[1])
        return value(arguments[2]) if len(arguments) == 3 else None
    if name == "FILL" and len(arguments) == 2:
        found = value(arguments[0])
        return value(arguments[1]) if found is None else found
    match arguments:
        case [ast.List(elts=parts)] if name in _OVER_SEVERAL:
            values = [one for one in map(value, parts) if one is not None]
            return _OVER_SEVERAL[name](values) if values else None
    raise NotEvaluated(text)


class Evaluator:
    """Evaluates the alarms of moto's backends and rings their actions.

    speed: how much faster than in AWS time passes: a period of 60 seconds lasts 60 / speed.
    """

    def __init__(self) -> None:
        self.speed = 1.0
        self._lock = threading.RLock()
        self._rung: list[dict[str, Any]] = []
        # Alarms that went into ALARM while they were muted: (region, account, name).
        self._muted: set[tuple[str, str, str]] = set()

    def clear(self) -> None:
        """As at the start."""
        self.speed = 1.0
        self._rung.clear()
        self._muted.clear()

    def rung(self) -> list[dict[str, Any]]:
        """What was sent: alarm, region, state, action, at (seconds since 1970), in order."""
        return list(self._rung)

    def all(self, now: float | None = None, region: str | None = None) -> None:
        """Evaluate every metric alarm of every region that is not cut off."""
        for backend in _backends():
            if region in (None, backend.region_name):
                for alarm in list(backend.alarms.values()):
                    self.one(backend, alarm, now)
                self.composites(backend, now)

    def with_data(self, backend: Any) -> None:
        """Evaluate those alarms of a backend for which somebody put data."""
        if not backend.metric_data:
            return
        put = {(datum.namespace, datum.name) for datum in backend.metric_data}
        for alarm in list(backend.alarms.values()):
            metrics = metrics_of(getattr(alarm, "document", {}))
            if any((each["Namespace"], each["MetricName"]) in put for each in metrics):
                self.one(backend, alarm)
        self.composites(backend)

    def composites(self, backend: Any, now: float | None = None) -> None:
        """Ring the composite alarms whose rule holds otherwise than before; the reason names the
        alarms that say so."""
        if OUTAGE.holds(backend.region_name):
            return
        with self._lock:
            for alarm in list(backend.alarms.values()):
                if alarm.rule is None or getattr(alarm, "document", None) is None:
                    continue
                state = backend.state(alarm)
                if state != alarm.state_value:
                    ringing = [
                        child.alarm_arn
                        for child in backend.children(alarm)
                        if backend.state(child) == ALARM
                    ]
                    reason = f"{', '.join(ringing) or 'no alarm'} transitioned to {state}"
                    self._change(backend, alarm, state, reason, now)
                self._ring_late(backend, alarm, now)

    def one(self, backend: Any, alarm: Alarm, now: float | None = None) -> None:
        """Evaluate one alarm, and ring where its state changes."""
        document = getattr(alarm, "document", None)
        if document is None or alarm.rule is not None or OUTAGE.holds(backend.region_name):
            return
        with self._lock:
            try:
                state, reason = self.judged(backend, document, alarm.state_value, now)
            except NotEvaluated:
                return
            if state != alarm.state_value:
                self._change(backend, alarm, state, reason, now)
            self._ring_late(backend, alarm, now)

    def judged(
        self, backend: Any, document: Mapping[str, Any], before: str, now: float | None = None
    ) -> tuple[str, str]:
        """The state that an alarm's data ask for, and why; nothing is changed."""
        moment = datetime.now(UTC).timestamp() if now is None else now

        def series(
            namespace: str,
            name: str,
            dimensions: Sequence[Mapping[str, str]],
            statistic: str,
            period: int,
        ) -> list[Point]:
            wanted = {(each["Name"], each["Value"]) for each in dimensions}
            data = [
                Datum.of(datum)
                for datum in list(backend.metric_data)
                if isinstance(datum, MetricDatum | MetricAggregatedDatum)
                and (datum.namespace, datum.name) == (namespace, name)
                and {(each.name, each.value) for each in datum.dimensions} == wanted
            ]
            return by_period(data, statistic, period / self.speed, periods_of(document), moment)

        return evaluate(document, series, before)

    @staticmethod
    def newest(backend: Any, document: Mapping[str, Any]) -> float | None:
        """When the newest datum of an alarm's metrics was for, in seconds since 1970."""
        wanted = {
            (
                each["Namespace"],
                each["MetricName"],
                frozenset((one["Name"], one["Value"]) for one in each.get("Dimensions") or ()),
            )
            for each in metrics_of(document)
        }
        times = [
            Datum.of(datum).at
            for datum in list(backend.metric_data)
            if (
                datum.namespace,
                datum.name,
                frozenset((one.name, one.value) for one in datum.dimensions),
            )
            in wanted
        ]
        return max(times, default=None)

    def _change(
        self, backend: Any, alarm: Alarm, state: str, reason: str, at: float | None = None
    ) -> None:
        before = alarm.state_value
        now = _at(at)
        alarm.state_value = state
        alarm.state_reason = reason
        alarm.state_updated_timestamp = now.replace(tzinfo=None)
        muted = (backend.region_name, backend.account_id, alarm.name)
        self._muted.discard(muted)
        if not alarm.actions_enabled:
            return
        if backend.is_muted(alarm.name, now):
            if state == ALARM:
                self._muted.add(muted)
            return
        self._ring(backend, alarm, before, now)

    def _ring_late(self, backend: Any, alarm: Alarm, at: float | None) -> None:
        """Ring what went into ALARM while it was muted, and is there still."""
        now, muted = _at(at), (backend.region_name, backend.account_id, alarm.name)
        if muted in self._muted and not backend.is_muted(alarm.name, now):
            self._muted.discard(muted)
            self._ring(backend, alarm, OK, now)

    def _ring(self, backend: Any, alarm: Alarm, before: str, now: datetime) -> None:
        document: Mapping[str, Any] = alarm.document  # type: ignore[attr-defined]
        for action in document.get(_ACTIONS[alarm.state_value]) or ():
            self._rung.append(
                {
                    "alarm": alarm.name,
                    "region": backend.region_name,
                    "state": alarm.state_value,
                    "action": action,
                    "at": now.timestamp(),
                }
            )
            if ":sns:" in action:
                _publish(action, _message(backend, alarm, before, now))


def _at(seconds: float | None) -> datetime:
    return datetime.now(UTC) if seconds is None else datetime.fromtimestamp(seconds, UTC)


def by_period(
    data: Sequence[Datum], statistic: str, seconds: float, periods: int, now: float
) -> list[Point]:
    """The statistic of each of the newest ``periods`` periods, oldest first.

    The period under way counts where it has data: a value rings as soon as it is in.
    """
    newest = math.floor(now / seconds)
    buckets: dict[int, list[Datum]] = {}
    for datum in data:
        buckets.setdefault(math.floor(datum.at / seconds), []).append(datum)
    last = newest if newest in buckets else newest - 1
    return [
        _statistic(statistic, buckets[bucket]) if bucket in buckets else None
        for bucket in range(last - periods + 1, last + 1)
    ]


def _backends() -> list[Any]:
    from moto.cloudwatch.models import cloudwatch_backends

    return [
        backend
        for account in list(cloudwatch_backends.values())
        for backend in list(account.values())
    ]


def _message(backend: Any, alarm: Alarm, before: str, now: datetime) -> str:
    document: Mapping[str, Any] = alarm.document  # type: ignore[attr-defined]
    return json.dumps(
        {
            "AlarmName": alarm.name,
            "AlarmDescription": document.get("AlarmDescription"),
            "AWSAccountId": backend.account_id,
            "NewStateValue": alarm.state_value,
            "NewStateReason": alarm.state_reason,
            "StateChangeTime": now.isoformat(timespec="milliseconds"),
            "Region": backend.region_name,
            "AlarmArn": alarm.alarm_arn,
            "OldStateValue": before,
        }
    )


def _publish(topic: str, message: str) -> None:
    from moto.sns.models import sns_backends

    account, region = topic.split(":")[4], topic.split(":")[3]
    found = sns_backends[account][region].topics.get(topic)
    if found is not None:
        found.publish(message, subject="ALARM")


EVALUATOR = Evaluator()
