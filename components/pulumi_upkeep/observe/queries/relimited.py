"""A compiled query with another limit: the number in the query and in the options, which agree."""

import re
from dataclasses import replace
from typing import Any

from ...datadog import MonitorThresholdsArgs
from ...plan.faults import NotInWords
from ...plan.tuned import Limit
from .compiled import Compiled
from .condition import number

_END = re.compile(r"\s(>=|<=|>|<)\s(-?\d+(?:\.\d+)?)$")
# Of these the number in the query is no limit of the metric.
_OTHERWISE = re.compile(r"anomalies\(|forecast\(|outliers\(|burn_rate\(|error_budget\(")


def relimited(compiled: Compiled, limit: Limit, unit: str) -> Compiled:
    """The same query compared with another value.

    unit   of the monitor's value: ``%``, ``ms``, ``s``; empty of a count

    Warning and recoveries keep their distance in proportion. Raises ``NotInWords`` where the
    monitor has no limit of that kind.
    """
    end = _END.search(compiled.query)
    if end is None or _OTHERWISE.search(compiled.query):
        raise NotInWords("has no limit of its own", "tune its `severity`, or say `silenced: true`")
    critical = _in_unit(limit, unit)
    before = float(end[2])
    if before == critical:
        raise NotInWords("is its limit already", "leave the entry out")
    if before == 0:
        raise NotInWords("alerts on anything at all", "tune its `severity`")
    query = f"{compiled.query[: end.start()]} {end[1]} {number(critical)}"
    return replace(compiled, query=query, thresholds=_scaled(compiled, critical, critical / before))


def _in_unit(limit: Limit, unit: str) -> float:
    lengths = {"ms": 1000.0, "s": 1.0, "seconds": 1.0, "minutes": 1 / 60, "hours": 1 / 3600}
    if limit.kind == "seconds" and unit in lengths:
        return limit.value * lengths[unit]
    if (limit.kind == "%") == (unit == "%") and limit.kind != "seconds" and unit not in lengths:
        return limit.value
    example = "`90 %`" if unit == "%" else "`1500 ms`" if unit in lengths else "a number"
    measured = f"is measured in {unit}" if unit else "is a count"
    raise NotInWords(measured, f"write {example}")


def _scaled(compiled: Compiled, critical: float, factor: float) -> MonitorThresholdsArgs | None:
    thresholds = compiled.thresholds
    if thresholds is None:
        return None
    kept: dict[str, Any] = {
        name: number(float(value) * factor)
        for name, value in vars(thresholds).items()
        if isinstance(value, str)
    }
    return MonitorThresholdsArgs(**{**kept, "critical": number(critical)})
