"""What Datadog refuses of SLOs, their corrections and their alerts beyond the shape of fields.

Sources: [A] Datadog's published API schema, [D] its documentation, [P] its Terraform provider.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

# An SLO's own time frames; "custom" belongs to what Datadog's pages compute [A, D].
TIMEFRAMES = ("7d", "30d", "90d")
MOST_MONITORS = 20  # in a monitor-based SLO [D "Monitor-based SLOs"]
# RRULE parts that a correction takes [P slo_correction rrule].
_CORRECTION_RULES = frozenset({"FREQ", "INTERVAL", "COUNT", "UNTIL"})
_LONG_HOURS = (1, 48)  # [D "Burn rate alerts"]
_QUERY_KINDS = {
    "metric": ("query", "sli_specification"),
    "monitor": ("monitor_ids",),
    "time_slice": ("sli_specification",),
}

_ALERT = re.compile(
    r"""^\s*(?P<kind>error_budget|burn_rate)\(\s*["'](?P<slo>[^"']*)["']\s*\)"""
    r"""\.over\(\s*["'](?P<over>[^"']*)["']\s*\)"""
    r"""(?P<windows>(?:\.(?:long|short)_window\(\s*["'][^"']*["']\s*\))*)"""
    r"""\s*>=?\s*(?P<number>\d+(?:\.\d+)?)\s*$"""
)
_WINDOW = re.compile(r"""\.(long|short)_window\(\s*["'](\d+)([mh])["']\s*\)""")


def faults(slo: Mapping[str, Any], monitors: Mapping[int, Any]) -> Iterator[str]:
    """The faults of an SLO whose fields fit the client's model."""
    if not slo["name"].strip():
        yield "name: must not be empty"
    yield from _threshold_faults(slo)
    kind = slo["type"]
    needed = _QUERY_KINDS[kind]
    if not any(slo.get(name) for name in needed):
        yield f"{needed[0]}: missing required field for an SLO of type {kind}"
    for name in ("query", "sli_specification", "monitor_ids", "groups"):
        fits = name in needed or (name == "groups" and kind == "monitor")
        if slo.get(name) and not fits:
            yield f"{name}: not for an SLO of type {kind}"
    if slo.get("query") and slo.get("sli_specification"):
        yield "sli_specification: excludes query"
    yield from _monitor_faults(slo.get("monitor_ids") or [], slo.get("groups") or [], monitors)


def _threshold_faults(slo: Mapping[str, Any]) -> Iterator[str]:
    thresholds = slo["thresholds"]
    if not thresholds:
        yield "thresholds: must not be empty"
    frames = [threshold["timeframe"] for threshold in thresholds]
    if len(set(frames)) < len(frames):
        yield "thresholds: each timeframe may be given once"
    for index, threshold in enumerate(thresholds):
        at, target, warning = f"thresholds[{index}]", threshold["target"], threshold.get("warning")
        if threshold["timeframe"] not in TIMEFRAMES:
            yield f"{at}.timeframe: must be one of {', '.join(TIMEFRAMES)}"
        if not 0 < target < 100:
            yield f"{at}.target: must be above 0 and below 100, got {target}"
        if warning is not None and not target < warning < 100:
            yield f"{at}.warning: must be above the target {target} and below 100, got {warning}"
    primary = slo.get("timeframe")
    chosen = next((each for each in thresholds if each["timeframe"] == primary), None)
    if primary is not None and chosen is None:
        yield f"timeframe: {primary} is none of the thresholds"
    for name, of in (("target_threshold", "target"), ("warning_threshold", "warning")):
        if chosen is not None and name in slo and slo[name] != chosen.get(of):
            yield f"{name}: must be that of the timeframe {primary}"


def _monitor_faults(
    ids: list[int], groups: list[str], monitors: Mapping[int, Any]
) -> Iterator[str]:
    if len(ids) > MOST_MONITORS:
        yield f"monitor_ids: at most {MOST_MONITORS} monitors"
    if groups and len(ids) != 1:
        yield "groups: only with a single monitor"
    for id_ in ids:
        if id_ not in monitors:
            yield f"monitor_ids: there is no monitor {id_}"


def correction_faults(correction: Mapping[str, Any]) -> Iterator[str]:
    """The faults of a correction whose fields fit the client's model."""
    start, end = correction["start"], correction.get("end")
    rule, duration = correction.get("rrule"), correction.get("duration")
    if rule:
        if end is not None:
            yield "end: a recurring correction has a duration"
        if not duration:
            yield "duration: missing required field for a recurring correction"
        parts = dict(part.partition("=")[::2] for part in rule.split(";"))
        for name in sorted(parts.keys() - _CORRECTION_RULES):
            yield f"rrule: {name} is not supported; {', '.join(sorted(_CORRECTION_RULES))} are"
        if "FREQ" not in parts:
            yield "rrule: FREQ is missing"
    elif end is None:
        yield "end: missing required field for a correction that does not recur"
    elif end <= start:
        yield "end: must be after start"
    if duration is not None and not rule:
        yield "duration: only with an rrule"


def alert_faults(query: str, objectives: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """The faults of the query of an `slo alert` monitor."""
    match = _ALERT.match(query)
    if match is None:
        yield (
            'it must be error_budget("ID").over("30d") > 75 or burn_rate("ID").over("30d")'
            '.long_window("1h").short_window("5m") > 14.4'
        )
        return
    slo = objectives.get(match["slo"])
    if slo is None:
        yield f"there is no SLO {match['slo']}"
        return
    targets = {each["timeframe"]: each["target"] for each in slo["thresholds"]}
    if match["over"] not in targets:
        yield f"the SLO has no timeframe {match['over']!r}; it has {', '.join(targets)}"
        return
    if match["kind"] == "error_budget":
        # More than all of the budget can be consumed, so there is no upper bound.
        if match["windows"]:
            yield "an error budget has no windows"
        return
    yield from _burn_rate_faults(match, targets[match["over"]])


def _burn_rate_faults(match: "re.Match[str]", target: float) -> Iterator[str]:
    windows = {
        name: int(count) * (60 if unit == "h" else 1)
        for name, count, unit in _WINDOW.findall(match["windows"])
    }
    if "long" not in windows:
        yield "a burn rate needs a long_window"
        return
    least, most = _LONG_HOURS
    if not least * 60 <= windows["long"] <= most * 60:
        yield f"the long_window must be {least} to {most} hours"
    if "short" in windows and windows["short"] >= windows["long"]:
        yield "the short_window must be shorter than the long_window"
    highest = 100 / (100 - target)
    if float(match["number"]) > highest + 1e-9:
        yield f"a burn rate above {highest:g} cannot happen with a target of {target:g} %"
    if not float(match["number"]):
        yield "a burn rate must be above 0"
