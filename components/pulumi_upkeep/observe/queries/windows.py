"""How long something is looked at, and how Datadog writes it: ``last_5m``, ``last_1d``."""

from datetime import timedelta

from ...plan.faults import NotInWords
from ...plan.limits import ERROR_WINDOW, METRIC_WINDOW
from ...plan.words import say_duration

_MINUTE, _HOUR, _DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
_WEEK = timedelta(weeks=1)

# Datadog's API schema: metric monitors take 1 to 10,080 m, 1 to 168 h, 1 d or 1 w; monitors on
# logs, events and errors 1 to 2,880 m or 1 to 48 h.
LONGEST_OF_METRICS = METRIC_WINDOW.most
LONGEST_OF_EVENTS = ERROR_WINDOW.most


def metric_window(length: timedelta) -> str:
    """``last_5m``: of a metric monitor. Raises ``NotInWords`` where Datadog does not look so far,
    or not by such a length."""
    return f"last_{_within(length, LONGEST_OF_METRICS, 'a metric monitor')}"


def event_window(length: timedelta) -> str:
    """``15m``: of a monitor on logs, events or errors."""
    return _within(length, LONGEST_OF_EVENTS, "a monitor on logs, events or errors")


def _within(length: timedelta, longest: timedelta, kind: str) -> str:
    if not _MINUTE <= length <= longest:
        near = _MINUTE if length < _MINUTE else longest
        raise NotInWords(
            f"{kind} looks back 1 minute to {say_duration(longest)} [Datadog]",
            f"nearest: `{say_duration(near)}`",
        )
    return written(length)


def ahead(length: timedelta) -> str:
    """``1w``: how far ahead a forecast looks, or how much of the past it learns from."""
    for unit, name in ((_WEEK, "w"), (_DAY, "d")):
        if not length % unit:
            return f"{length // unit}{name}"
    return written(length)


def written(length: timedelta) -> str:
    """A length in Datadog's units, in the largest that it is a whole number of: ``90m``, ``1d``."""
    if length % _MINUTE:
        near = -(-length // _MINUTE) * _MINUTE
        raise NotInWords("Datadog counts in whole minutes", f"nearest: `{say_duration(near)}`")
    # One day and one week have a unit; two days are 48 hours.
    if length in (_DAY, _WEEK):
        return "1d" if length == _DAY else "1w"
    if length % _HOUR:
        return f"{length // _MINUTE}m"
    return f"{length // _HOUR}h"
