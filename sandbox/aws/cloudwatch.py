"""CloudWatch: composite alarms, and alarms that are read back as they were put.

moto keeps some fields of a metric alarm, invents others (an alarm starts as ``OK``), forgets the
state at every change and has no ``PutCompositeAlarm``. Here the request is the record.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from moto.cloudwatch.exceptions import (
    InvalidParameterCombination,
    InvalidParameterValue,
    ResourceNotFound,
    ValidationError,
)
from moto.cloudwatch.models import Alarm, CloudWatchBackend
from moto.cloudwatch.responses import CloudWatchResponse
from moto.core.responses import ActionResult, EmptyResult

from sandbox.aws.alarm_evaluation import EVALUATOR
from sandbox.aws.extension import Extension
from sandbox.aws.mute_rules import MuteRuleOperations, MuteRules

# Figures of CloudWatch's API reference.
LOOK_BACK_SECONDS = 7 * 86_400
LOOK_BACK_SECONDS_UNDER_HOURLY = 86_400
SHORT_PERIODS = (10, 20, 30)
ACTIONS_PER_STATE = 5
ALARMS_PER_DELETE = 100
CHILDREN_PER_COMPOSITE = 100
RULE_LENGTH = 10_240
PAGE_DEFAULT, PAGE_MAXIMUM = 50, 100
_TREAT_MISSING_DATA = ("breaching", "notBreaching", "ignore", "missing")
_UNDECIDED = "INSUFFICIENT_DATA"


class UpkeepCloudWatchBackend(MuteRules, CloudWatchBackend):
    """moto's backend; each alarm carries the request that made it as ``document``."""

    def record(self, name: str, document: Mapping[str, Any], earlier: Alarm | None) -> None:
        """Keep the request of an alarm that was just put, and the state it had before."""
        alarm: Any = self.alarms[name]
        alarm.document = {key: value for key, value in document.items() if key != "Tags"}
        if earlier is None:
            alarm.state_value = _UNDECIDED
            return
        for kept in (
            "state_value",
            "state_reason",
            "state_reason_data",
            "state_updated_timestamp",
            "history",
        ):
            setattr(alarm, kept, getattr(earlier, kept))

    def put_composite(self, document: Mapping[str, Any]) -> None:
        """Create or replace a composite alarm; its rule's alarms must exist."""
        name = document["AlarmName"]
        earlier = self.alarms.get(name)
        if earlier is not None and earlier.rule is None:
            raise InvalidParameterValue(f"{name} is a metric alarm already")
        rule = Rule(document["AlarmRule"])
        missing = sorted(
            child for child in rule.children if self.find(child) is None and child != name
        )
        if missing:
            raise ValidationError(f"AlarmRule refers to alarms that do not exist: {missing}")
        if name in rule.children:
            raise ValidationError(f"AlarmRule of {name} refers to itself")
        _check_actions(document)
        # The fields of a metric alarm are empty; the rule is what makes an alarm composite.
        empty: Any = None
        self.put_metric_alarm(
            name=name,
            namespace=empty,
            metric_name=empty,
            comparison_operator=empty,
            evaluation_periods=empty,
            period=empty,
            threshold=empty,
            statistic=empty,
            description=document.get("AlarmDescription", ""),
            dimensions=[],
            alarm_actions=document.get("AlarmActions", []),
            ok_actions=document.get("OKActions", []),
            insufficient_data_actions=document.get("InsufficientDataActions", []),
            actions_enabled=document.get("ActionsEnabled", True),
            rule=document["AlarmRule"],
            # Tags of an alarm that exists are changed by TagResource only.
            tags=document.get("Tags") if earlier is None else None,
        )
        self.record(name, document, earlier)

    def find(self, reference: str) -> Alarm | None:
        """An alarm by its name or its ARN."""
        found: Alarm | None = self.alarms.get(reference.rpartition(":alarm:")[2])
        return found

    def state(self, alarm: Alarm) -> str:
        """An alarm's state; a composite's is what its rule says now."""
        if alarm.rule is None:
            return alarm.state_value
        rule = Rule(alarm.rule)

        def of(reference: str) -> str:
            child = self.find(reference)
            return self.state(child) if child is not None else _UNDECIDED

        return "ALARM" if rule.holds(of) else "OK"

    def children(self, alarm: Alarm) -> list[Alarm]:
        """The alarms that a composite's rule names, by name."""
        found = [self.find(each) for each in sorted(Rule(alarm.rule or "").children)]
        return [each for each in found if each is not None]

    def tag_resource(self, arn: str, tags: dict[str, str]) -> None:
        """Of alarms, and of mute rules."""
        if arn not in map(self.mute_rule_arn, self.mute_rules):
            super().tag_resource(arn, tags)
            return
        self.tagger.tag_resource(arn, self.tagger.convert_dict_to_tags_input(tags))

    def delete_alarms(self, alarm_names: list[str]) -> None:
        """All or none: at most 100 at once, of which one composite."""
        missing = [name for name in alarm_names if name not in self.alarms]
        if missing:
            raise ResourceNotFound(f"Alarms do not exist: {', '.join(missing)}")
        if len(alarm_names) > ALARMS_PER_DELETE:
            raise ValidationError(f"At most {ALARMS_PER_DELETE} alarms in one operation")
        if sum(self.alarms[name].rule is not None for name in alarm_names) > 1:
            raise ValidationError("At most one composite alarm in one operation")
        for name in alarm_names:
            self.tagger.delete_all_tags_for_resource(self.alarms[name].alarm_arn)
        super().delete_alarms(alarm_names)


class UpkeepCloudWatchResponse(MuteRuleOperations, CloudWatchResponse):
    """Alarms as the service reads them and shows them."""

    @property
    def cloudwatch_backend(self) -> UpkeepCloudWatchBackend:
        """The backend of the caller's account and region."""
        backend = super().cloudwatch_backend
        assert isinstance(backend, UpkeepCloudWatchBackend)
        return backend

    def put_metric_alarm(self) -> ActionResult:
        document = dict(self._get_params())
        check_metric_alarm(document)
        name = document["AlarmName"]
        earlier = self.cloudwatch_backend.alarms.get(name)
        if earlier is not None and earlier.rule is not None:
            raise InvalidParameterValue(f"{name} is a composite alarm already")
        tags = earlier and self.cloudwatch_backend.tagger.get_tag_dict_for_resource(
            earlier.alarm_arn
        )
        result = super().put_metric_alarm()
        if earlier is not None:
            # Tags of an alarm that exists are changed by TagResource only.
            tagger = self.cloudwatch_backend.tagger
            tagger.delete_all_tags_for_resource(earlier.alarm_arn)
            self.cloudwatch_backend.tag_resource(earlier.alarm_arn, dict(tags or {}))
        self.cloudwatch_backend.record(name, document, earlier)
        return result

    def put_composite_alarm(self) -> ActionResult:
        self.cloudwatch_backend.put_composite(dict(self._get_params()))
        return EmptyResult()

    def describe_alarms(self) -> ActionResult:
        EVALUATOR.with_data(self.cloudwatch_backend)
        asked = self._get_params()
        types = asked.get("AlarmTypes") or ["MetricAlarm"]
        found = [
            alarm
            for _name, alarm in sorted(self.cloudwatch_backend.alarms.items())
            if ("MetricAlarm" if alarm.rule is None else "CompositeAlarm") in types
            and self._matches(alarm, asked)
        ]
        size = int(asked.get("MaxRecords") or PAGE_DEFAULT)
        if not 1 <= size <= PAGE_MAXIMUM:
            raise ValidationError(f"MaxRecords {size}: 1 to {PAGE_MAXIMUM}")
        begin = int(asked.get("NextToken") or 0)
        page = found[begin : begin + size]
        result: dict[str, Any] = {
            "MetricAlarms": [self._described(a) for a in page if a.rule is None],
            "CompositeAlarms": [self._described(a) for a in page if a.rule is not None],
        }
        if begin + size < len(found):
            result["NextToken"] = str(begin + size)
        return ActionResult(result)

    def _matches(self, alarm: Alarm, asked: Mapping[str, Any]) -> bool:
        if asked.get("AlarmNames"):
            return alarm.name in asked["AlarmNames"]
        if not alarm.name.startswith(asked.get("AlarmNamePrefix") or ""):
            return False
        if asked.get("StateValue") not in (None, self.cloudwatch_backend.state(alarm)):
            return False
        prefix = asked.get("ActionPrefix")
        if prefix and not any(
            action.startswith(prefix)
            for actions in (alarm.alarm_actions, alarm.ok_actions, alarm.insufficient_data_actions)
            for action in actions
        ):
            return False
        parent = asked.get("ChildrenOfAlarmName")
        if parent:
            composite = self.cloudwatch_backend.find(parent)
            children = Rule(composite.rule).children if composite and composite.rule else set()
            return bool({alarm.name, alarm.alarm_arn} & children)
        child = asked.get("ParentsOfAlarmName")
        if child:
            return alarm.rule is not None and child in {
                reference.rpartition(":alarm:")[2] for reference in Rule(alarm.rule).children
            }
        return True

    def _described(self, alarm: Alarm) -> dict[str, Any]:
        document: dict[str, Any] = alarm.document  # type: ignore[attr-defined]
        state = self.cloudwatch_backend.state(alarm)
        described = {
            "AlarmActions": [],
            "OKActions": [],
            "InsufficientDataActions": [],
            **document,
            "ActionsEnabled": alarm.actions_enabled,
            "AlarmArn": alarm.alarm_arn,
            "AlarmConfigurationUpdatedTimestamp": alarm.configuration_updated_timestamp,
            "StateValue": state,
            "StateReason": alarm.state_reason,
            "StateUpdatedTimestamp": alarm.state_updated_timestamp,
            "StateTransitionedTimestamp": alarm.state_updated_timestamp,
        }
        if alarm.rule is None and not document.get("Metrics"):
            described.setdefault("Dimensions", [])
        return described


def check_metric_alarm(document: Mapping[str, Any]) -> None:
    """Raise the service's error for what it refuses in a metric alarm."""
    metrics = document.get("Metrics")
    if bool(metrics) == bool(document.get("MetricName")):
        raise InvalidParameterCombination("Exactly one of MetricName and Metrics must be given")
    if metrics:
        _check_metrics(document, metrics)
        period = max([q["MetricStat"]["Period"] for q in metrics if q.get("MetricStat")] or [60])
    else:
        if bool(document.get("Statistic")) == bool(document.get("ExtendedStatistic")):
            raise InvalidParameterCombination(
                "Exactly one of Statistic and ExtendedStatistic must be given"
            )
        period = document.get("Period") or 0
    if period not in SHORT_PERIODS and (period < 60 or period % 60):
        raise ValidationError(f"Period {period}: 10, 20, 30 or a multiple of 60 seconds")
    evaluations = document["EvaluationPeriods"]
    most = LOOK_BACK_SECONDS if period >= 3600 else LOOK_BACK_SECONDS_UNDER_HOURLY
    if evaluations < 1 or period * evaluations > most:
        raise ValidationError(
            f"Period {period} x EvaluationPeriods {evaluations}: at most {most} seconds"
        )
    datapoints = document.get("DatapointsToAlarm")
    if datapoints is not None and not 1 <= datapoints <= evaluations:
        raise ValidationError(f"DatapointsToAlarm {datapoints}: 1 to EvaluationPeriods")
    missing = document.get("TreatMissingData")
    if missing is not None and missing not in _TREAT_MISSING_DATA:
        raise ValidationError(f"TreatMissingData {missing}: one of {_TREAT_MISSING_DATA}")
    if document.get("Threshold") is None and document.get("ThresholdMetricId") is None:
        raise ValidationError("One of Threshold and ThresholdMetricId must be given")
    _check_actions(document)


def _check_metrics(document: Mapping[str, Any], metrics: list[Mapping[str, Any]]) -> None:
    ids = [query["Id"] for query in metrics]
    if len(set(ids)) != len(ids) or not all(re.fullmatch(r"[a-z]\w*", one) for one in ids):
        raise ValidationError(f"Ids of Metrics must differ and begin with a small letter: {ids}")
    for query in metrics:
        if bool(query.get("Expression")) == bool(query.get("MetricStat")):
            raise ValidationError(f"{query['Id']}: exactly one of Expression and MetricStat")
    # ReturnData is true unless it is said to be false.
    returned = [query["Id"] for query in metrics if query.get("ReturnData") is not False]
    if document.get("ThresholdMetricId") is None and len(returned) != 1:
        raise ValidationError(f"Exactly one of Metrics must return data, not {returned}")


def _check_actions(document: Mapping[str, Any]) -> None:
    for key in ("AlarmActions", "OKActions", "InsufficientDataActions"):
        if len(document.get(key) or []) > ACTIONS_PER_STATE:
            raise ValidationError(f"{key}: at most {ACTIONS_PER_STATE}")


StateOf = Callable[[str], str]
Term = Callable[[StateOf], bool]
_TOKEN = re.compile(
    r"""\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?P<name>"[^"]+"|'[^']+'|[^\s"'()]+)\s*\)
    |(?P<word>AND|OR|NOT|TRUE|FALSE|\(|\)))""",
    re.VERBOSE,
)


class Rule:
    """A composite alarm's rule: ``ALARM(a) AND (OK("b c") OR NOT INSUFFICIENT_DATA(d))``.

    ``children``: the alarms it names, by name or ARN. Raises ValidationError for what is no rule.
    """

    def __init__(self, text: str) -> None:
        self.children: set[str] = set()
        if len(text) > RULE_LENGTH:
            raise ValidationError(f"AlarmRule: at most {RULE_LENGTH} characters")
        self._text = text
        self._tokens = list(self._split())
        self._next = 0
        self.holds: Term = self._either()
        if self._next != len(self._tokens):
            raise self._wrong()
        if len(self.children) > CHILDREN_PER_COMPOSITE:
            raise ValidationError(f"AlarmRule: at most {CHILDREN_PER_COMPOSITE} alarms")

    def _wrong(self) -> ValidationError:
        return ValidationError(f"AlarmRule is not valid: {self._text}")

    def _split(self) -> Iterator[tuple[str, str]]:
        text, at = self._text.strip(), 0
        while at < len(text):
            match = _TOKEN.match(text, at)
            if match is None:
                raise self._wrong()
            at = match.end()
            if match["word"]:
                yield match["word"], ""
            else:
                yield match["state"], match["name"].strip("\"'")

    def _accept(self, *words: str) -> str:
        if self._next < len(self._tokens) and self._tokens[self._next][0] in words:
            self._next += 1
            return self._tokens[self._next - 1][0]
        return ""

    def _either(self) -> Term:
        terms = [self._both()]
        while self._accept("OR"):
            terms.append(self._both())
        return lambda state_of: any(term(state_of) for term in terms)

    def _both(self) -> Term:
        terms = [self._one()]
        while self._accept("AND"):
            terms.append(self._one())
        return lambda state_of: all(term(state_of) for term in terms)

    def _one(self) -> Term:
        if self._accept("NOT"):
            term = self._one()
            return lambda state_of: not term(state_of)
        if self._accept("("):
            inner = self._either()
            if not self._accept(")"):
                raise self._wrong()
            return inner
        constant = self._accept("TRUE", "FALSE")
        if constant:
            return lambda _state_of: constant == "TRUE"
        state = self._accept("ALARM", "OK", _UNDECIDED)
        if not state:
            raise self._wrong()
        child = self._tokens[self._next - 1][1]
        self.children.add(child)
        return lambda state_of: state_of(child) == state


EXTENSION = Extension(
    service="cloudwatch",
    backend=UpkeepCloudWatchBackend,
    response=UpkeepCloudWatchResponse,
)
