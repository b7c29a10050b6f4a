"""The figures of a query read back from its text.

Not by the code that wrote it: what is compiled is compared with what is read here, and so is what a
cloud hands back.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta

_UNITS = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_END = re.compile(r"\s(>=|<=|>|<)\s(-?\d+(?:\.\d+)?)$")
_HEAD = re.compile(r"^(\w+)\((?:(last|next)_)?(\d+)([mhdw])\):")
_FUNCTION = re.compile(r"^(anomalies|forecast)\((.*)\)$")
_NAMED = re.compile(r"(\w+)=('?)([^',]*)\2")
_BURN = re.compile(
    r'^burn_rate\("([^"]+)"\)\.over\("(\d+)d"\)\.long_window\("(\w+)"\)\.short_window\("(\w+)"\)$'
)
_ISSUES = re.compile(
    r'^error-tracking\("([^"]*)"\)\.source\("(\w+)"\)\.(new|impact)\(\)'
    r'\.rollup\("(\w+)"\)\.by\("([^"]+)"\)\.last\("(\w+)"\)$'
)
_JOINED = re.compile(r"^(\d+)((?: && !\d+)+)$")


@dataclass(frozen=True)
class Read:
    """What a query says.

    kind       ``threshold``, ``anomaly``, ``forecast``, ``burn rate``, ``errors`` or ``composite``
    compares   the comparison and its number
    reduced    by what the points of the window become one; empty of a burn rate
    window     looked back, or ahead
    metric     the metric query; of a burn rate the objective's id, of errors the search for them,
               of a composite the id of the monitor that alerts unless those in ``options`` do
    options    named arguments and positions, as text
    """

    kind: str
    compares: tuple[str, float]
    reduced: str
    window: timedelta
    metric: str
    options: dict[str, str] = field(default_factory=dict)


def length(text: str) -> timedelta:
    """``last_15m``, ``15m`` or ``1h`` as a length."""
    match = re.fullmatch(r"(?:last_|next_)?(\d+)([mhdw])", text)
    if match is None:
        raise ValueError(f"{text!r} is no window")
    return int(match[1]) * _UNITS[match[2]]


def read(query: str) -> Read:
    """The figures of a query. Raises ``ValueError`` where it is none of ours."""
    if joined := _JOINED.match(query):
        quiet = " ".join(re.findall(r"\d+", joined[2]))
        return Read("composite", ("", 0), "", timedelta(), joined[1], {"unless": quiet})
    end = _END.search(query)
    if end is None:
        raise ValueError(f"{query!r} does not end in a comparison with a number")
    compares = (end[1], float(end[2]))
    body = query[: end.start()]
    if burn := _BURN.match(body):
        options = {"over": burn[2], "short": burn[4]}
        return Read("burn rate", compares, "", length(burn[3]), burn[1], options)
    if issues := _ISSUES.match(body):
        options = {"source": issues[2], "kind": issues[3], "by": issues[5]}
        return Read("errors", compares, issues[4], length(issues[6]), issues[1], options)
    head = _HEAD.match(body)
    if head is None:
        raise ValueError(f"{query!r} has no window")
    window = int(head[3]) * _UNITS[head[4]]
    inner = body[head.end() :]
    function = _FUNCTION.match(inner)
    if function is None:
        return Read("threshold", compares, head[1], window, inner)
    kind = "anomaly" if function[1] == "anomalies" else "forecast"
    metric, algorithm, deviations, rest = _arguments(function[2])
    options = {"algorithm": algorithm.strip("'"), "deviations": deviations}
    options |= {name: value for name, _, value in _NAMED.findall(rest)}
    return Read(kind, compares, head[1], window, metric, options)


def _arguments(text: str) -> tuple[str, str, str, str]:
    """Metric, algorithm, deviations and the named rest; a metric query holds commas of its own."""
    match = re.match(r"^(.*?), ('\w+'), (\d+)(?:, (.*))?$", text)
    if match is None:
        raise ValueError(f"{text!r} are no arguments of anomalies or forecast")
    return match[1], match[2], match[3], match[4] or ""
