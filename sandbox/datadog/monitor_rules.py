"""What Datadog refuses of a monitor beyond the shape of its fields.

Sources: [D] Datadog's documentation, [A] its published API schema, [P] its Terraform provider,
[K] the validations of grosser/kennel.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from sandbox.datadog import service_level_rules

# Longest evaluation window in minutes, by unit [A]. Log-like monitors look back two days at most.
_METRIC_WINDOWS = {"m": 10_080, "h": 168, "d": 1, "w": 1}
_EVENT_WINDOWS = {"m": 2_880, "h": 48, "d": 2}
_EVENT_TYPES = frozenset(
    {
        "log alert",
        "event-v2 alert",
        "error-tracking alert",
        "rum alert",
        "trace-analytics alert",
        "audit alert",
        "ci-pipelines alert",
        "ci-tests alert",
    }
)
_METRIC_TYPES = frozenset({"metric alert", "query alert"})
_ERROR_TRACKING = frozenset(
    {"error-tracking", "error-tracking-logs", "error-tracking-rum", "error-tracking-traces"}
)
_ERROR_SOURCES = frozenset({"all", "backend", "browser", "mobile"})
MOST_COMPOSED = 10  # monitors in a composite [D]
_MINUTES = {"m": 1, "h": 60, "d": 1_440, "w": 10_080}

# "... > 0.5": a number below one needs its leading zero [K].
_COMPARISON = re.compile(r"(>=|<=|>|<|==|!=)\s*(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)\s*$")
_METRIC_WINDOW = re.compile(r"^\s*\w+(?:\([^()]*\))?\(\s*(?:current_)?(?:last_)?(\d+)([a-z]+)")
# Ahead: 12 hours to 3 months [D].
_AHEAD = re.compile(r"^\s*\w+\(\s*next_(\d+)([mhdw])\s*\)\s*:\s*forecast\(")
_NEAREST_AHEAD, _FURTHEST_AHEAD = 12 * 60, 90 * 1_440
_EVENT_WINDOW = re.compile(r"""\.last\(\s*["'](\d+)([a-z]+)["']\s*\)""")
_DURATION = re.compile(r"^(?:last_)?(\d+)([mhdw])$")


def faults(
    monitor: dict[str, Any],
    monitors: dict[int, dict[str, Any]],
    objectives: Mapping[str, Mapping[str, Any]] | None = None,
) -> list[str]:
    """The faults of a monitor whose fields fit the client's model.

    monitors: those that exist, by id, for composite monitors to refer to.
    objectives: the SLOs that exist, by id, for their alerts; None leaves the alerts unread.
    """
    options = monitor.get("options", {})
    slo_alert = monitor["type"] == "slo alert" and objectives is not None
    return [
        *_query_faults(monitor, monitors),
        *(
            map(_invalid, service_level_rules.alert_faults(monitor["query"], objectives or {}))
            if slo_alert
            else ()
        ),
        *_threshold_faults(monitor["type"], monitor["query"], options.get("thresholds") or {}),
        *_anomaly_faults(monitor["query"], options),
        *_forecast_faults(monitor["query"]),
        *_option_faults(monitor, options),
        *_scheduling_faults(monitor, options.get("scheduling_options") or {}),
    ]


def _query_faults(monitor: dict[str, Any], monitors: dict[int, dict[str, Any]]) -> Iterator[str]:
    type_, query = monitor["type"], monitor["query"]
    if type_ == "composite":
        yield from _composite_faults(query, monitors)
        return
    if type_ in _METRIC_TYPES or type_ in _EVENT_TYPES:
        if _COMPARISON.search(query) is None:
            yield _invalid("it must end in a comparison with a number, such as '> 0.5'")
        metric = type_ in _METRIC_TYPES
        window = (_METRIC_WINDOW if metric else _EVENT_WINDOW).search(query)
        longest = _METRIC_WINDOWS if metric else _EVENT_WINDOWS
        if ahead := _AHEAD.match(query):
            if not _NEAREST_AHEAD <= int(ahead[1]) * _MINUTES[ahead[2]] <= _FURTHEST_AHEAD:
                yield _invalid("a forecast looks 12 hours to 3 months ahead")
        elif window is None:
            yield _invalid("it has no evaluation window")
        elif not 1 <= int(window[1]) <= longest.get(window[2], 0):
            yield _invalid(f"the window {window[1]}{window[2]} is not possible for a {type_}")
    if type_ == "error-tracking alert":
        yield from _error_tracking_faults(query)


def _error_tracking_faults(query: str) -> Iterator[str]:
    """Datadog's documentation of error tracking monitors, "Programmatic management"; the forms for
    one product alone (`error-tracking-rum(...)`) are older and have neither source nor kind."""
    form, _, _ = query.partition("(")
    if form not in _ERROR_TRACKING:
        yield _invalid(f"{form} is none of {', '.join(sorted(_ERROR_TRACKING))}")
        return
    # What is searched for is text of the user's own.
    clauses = re.sub(r'\("(?:[^"\\]|\\.)*"\)', "", query, count=1)
    groups = re.findall(r"""\.by\(["']([^"']*)["']\)""", clauses)
    grouped = {name.strip().lstrip("@") for each in groups for name in each.split(",")}
    if "issue.id" not in grouped:
        yield _invalid("an error tracking monitor groups by issue.id")
    if ".rollup(" not in clauses:
        yield _invalid("an error tracking monitor counts by .rollup()")
    if form != "error-tracking":
        return
    sources = re.findall(r"""\.source\(["']([^"']*)["']\)""", clauses)
    if len(sources) != 1 or sources[0] not in _ERROR_SOURCES:
        yield _invalid(f".source() is one of {', '.join(sorted(_ERROR_SOURCES))}, and given once")
    kinds = re.findall(r"\.(new|impact)\(\)", clauses)
    if len(kinds) != 1:
        yield _invalid("it is either .new() or .impact()")
    if (comparison := _COMPARISON.search(query)) and comparison[1] != ">":
        yield _invalid("an error tracking monitor alerts above a number")


def _composite_faults(query: str, monitors: dict[int, dict[str, Any]]) -> Iterator[str]:
    ids = {int(number) for number in re.findall(r"\d+", query)}
    if not re.fullmatch(r"[\d\s&|!()]+", query) or not ids:
        yield _invalid("a composite monitor joins monitor ids by &&, || and !")
        return
    if len(ids) > MOST_COMPOSED:
        yield _invalid(f"a composite monitor joins at most {MOST_COMPOSED} monitors")
    for id_ in sorted(ids):
        if id_ not in monitors:
            yield _invalid(f"there is no monitor {id_}")
        elif monitors[id_]["type"] == "composite":
            yield _invalid(f"monitor {id_} is itself composite")


def _threshold_faults(type_: str, query: str, thresholds: dict[str, Any]) -> Iterator[str]:
    comparison = _COMPARISON.search(query)
    critical = thresholds.get("critical")
    if comparison is None or type_ not in _METRIC_TYPES | _EVENT_TYPES | {"slo alert"}:
        return
    operator, number = comparison[1], float(comparison[2])
    if critical is not None and float(critical) != number:
        yield (
            f"Alert threshold ({float(critical)}) does not match that used in the query ({number})."
        )
    if operator not in (">", ">=", "<", "<="):
        return
    rising = operator.startswith(">")

    def healthier(value: float, than: float) -> bool:
        return value < than if rising else value > than

    side = "below" if rising else "above"
    warning = thresholds.get("warning")
    if warning is not None and not healthier(float(warning), number):
        yield f"Warning threshold ({warning}) must be {side} the alert threshold ({number})."
    for name, bound in (("critical", number), ("warning", warning)):
        recovery = thresholds.get(f"{name}_recovery")
        if recovery is None:
            continue
        if bound is None:
            yield f"A recovery threshold for {name} needs a {name} threshold."
        elif not healthier(float(recovery), float(bound)):
            yield f"Recovery threshold ({recovery}) must be {side} the {name} threshold ({bound})."


def _anomaly_faults(query: str, options: dict[str, Any]) -> Iterator[str]:
    windows = options.get("threshold_windows") or {}
    if "anomalies(" not in query:
        if windows:
            yield "threshold_windows are for anomaly monitors only."
        return
    trigger = _minutes(windows.get("trigger_window"))
    recovery = _minutes(windows.get("recovery_window"))
    if trigger is None or recovery is None:
        yield "An anomaly monitor needs both trigger_window and recovery_window."
        return
    parameters = dict(re.findall(r"(\w+)\s*=\s*'?([\w.]+)'?", query))
    if _minutes(parameters.get("alert_window")) != trigger:
        yield "alert_window in the query must equal trigger_window."
    evaluated = _METRIC_WINDOW.search(query)
    if evaluated and int(evaluated[1]) * _MINUTES.get(evaluated[2], 0) < trigger:
        yield "The query's window must be at least as long as trigger_window."
    comparison = _COMPARISON.search(query)
    critical = float(comparison[2]) if comparison else 0.0
    if not 0 < critical <= 1:
        yield "An anomaly threshold is a share above 0 and at most 1."
    elif not trigger * (1 - critical) + 1 <= recovery <= trigger:
        yield "recovery_window must lie between trigger_window x (1 - threshold) + 1m and it."
    if int(parameters.get("interval", 0)) * 5 > trigger * 60:
        yield "interval must be at most a fifth of trigger_window."
    if "'basic'" in query and "seasonality" in parameters:
        yield "The basic algorithm takes no seasonality."


def _forecast_faults(query: str) -> Iterator[str]:
    if "forecast(" not in query:
        return
    comparison = _COMPARISON.search(query)
    operator = comparison[1] if comparison else ""
    function = query.strip().partition("(")[0]
    if (function, operator) not in (("max", ">="), ("min", "<=")):
        yield _invalid("a forecast is max with >= or min with <=")
    deviations = re.search(r"forecast\(.*,\s*'\w+'\s*,\s*(-?\d+(?:\.\d+)?)", query)
    if deviations and float(deviations[1]) < 1:
        yield _invalid("a forecast takes at least 1 deviation")


def _option_faults(monitor: dict[str, Any], options: dict[str, Any]) -> Iterator[str]:
    priority = monitor.get("priority")
    if priority is not None and not 1 <= priority <= 5:
        yield f"priority: must be 1 to 5, got {priority}"
    if not monitor.get("name", "").strip():
        yield "name: must not be empty"
    if options.get("on_missing_data") is not None:
        if options.get("notify_no_data") or options.get("no_data_timeframe") is not None:
            yield "on_missing_data excludes notify_no_data and no_data_timeframe."
        if "default_zero(" in monitor["query"]:
            yield "on_missing_data has no effect on a default_zero query."
    if not 0 <= (options.get("timeout_h") or 0) <= 24:
        yield "timeout_h: must be 0 to 24"
    retention = options.get("group_retention_duration")
    if retention is not None and not 60 <= (_minutes(retention) or 0) <= 72 * 60:
        yield "group_retention_duration: must be 1 to 72 hours, such as 2d"
    if options.get("renotify_occurrences") and not options.get("renotify_interval"):
        yield "renotify_occurrences: needs a renotify_interval above 0"


def _scheduling_faults(monitor: dict[str, Any], scheduling: dict[str, Any]) -> Iterator[str]:
    """When it is evaluated [D "Customize monitor evaluation frequencies"; I TF#2353]."""
    current = "(current_" in monitor["query"]
    if current is not bool(scheduling.get("evaluation_window")):
        yield (
            "Monitors with an evaluation_window scheduling_option must have a current query "
            "period and vice versa."
        )
    custom = scheduling.get("custom_schedule")
    if not custom:
        return
    if monitor["type"] not in _METRIC_TYPES | {"event-v2 alert", "log alert"}:
        yield f"A {monitor['type']} takes no custom schedule."
    for recurrence in custom.get("recurrences") or [{}]:
        rule = recurrence.get("rrule", "").upper()
        if any(word in rule for word in ("DTSTART", "DTEND", "DURATION")):
            yield "A custom schedule's rrule holds no DTSTART, DTEND or DURATION."
        if not re.search(r"FREQ=(DAILY|WEEKLY|MONTHLY|YEARLY)\b", rule):
            yield "A custom schedule's evaluations are a day apart or more."
        if "BYHOUR" in rule or "BYMINUTE" in rule:
            yield "A custom schedule's evaluations are a day apart or more."


def _minutes(text: str | None) -> int | None:
    match = _DURATION.match(text or "")
    return int(match[1]) * _MINUTES[match[2]] if match else None


def _invalid(reason: str) -> str:
    return f"The value provided for parameter 'query' is invalid: {reason}."


def critical_of(monitor: dict[str, Any]) -> float | None:
    """The number that a monitor's query compares with, if it does."""
    comparison = _COMPARISON.search(monitor["query"])
    compares = monitor["type"] in _METRIC_TYPES | _EVENT_TYPES
    return float(comparison[2]) if comparison and compares else None
