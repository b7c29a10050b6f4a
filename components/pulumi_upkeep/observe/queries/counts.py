"""Counts of what a company lives by: one that falls away, and one that stops.

Source of both forms: Datadog, "How to monitor non-static thresholds" and "as_count() in monitor
evaluations".
"""

from dataclasses import dataclass
from datetime import timedelta

from .compiled import Compiled
from .condition import Condition, number
from .windows import metric_window


def counted(metric: str, environment: str) -> str:
    """How many there were in an environment."""
    return f"sum:{metric}{{env:{environment}}}.as_count()"


def counted_a_week_before(metric: str, environment: str) -> str:
    """How many there were a week before: 7 days to the second.

    In the week after the clocks change it is an hour off; Datadog's shift that follows a calendar
    is documented for dashboards, not for monitors.
    """
    return f"week_before({counted(metric, environment)})"


@dataclass(frozen=True)
class Fallen:
    """How many are missing to a share of what there was a week before.

    metric        a count
    environment   its tag ``env``
    share         of last week's, above 0 and at most 1
    by            missing at least; the floor that keeps low traffic quiet
    over          the window; 1 minute to 1 week [Datadog]

    A difference and not a quotient. Datadog adds up a window's points before it divides counts, and
    after it divides anything else; sums and differences come out alike either way. And where there
    was next to nothing a week ago, next to nothing can be missing.
    """

    metric: str
    environment: str
    share: float
    by: int
    over: timedelta

    def compile(self) -> Compiled:
        """The monitor's query. Raises ``NotInWords`` for a window that Datadog does not have."""
        now = f"default_zero({counted(self.metric, self.environment)})"
        # Without zeros a minute in which there was nothing a week ago would drop out, and with it
        # what there is now.
        then = f"default_zero({counted_a_week_before(self.metric, self.environment)})"
        when = Condition(">=", self.by)
        query = (
            f"sum({metric_window(self.over)}):{then} * {number(self.share)} - {now} {when.text()}"
        )
        return Compiled("query alert", query, when.thresholds())


@dataclass(frozen=True)
class Stopped:
    """Nothing at all within a window.

    metric        a count
    environment   its tag ``env``
    over          the window; 1 minute to 1 week [Datadog]
    """

    metric: str
    environment: str
    over: timedelta

    def compile(self) -> Compiled:
        """The monitor's query: silence counts as zero, so that it is an alert and not "no data"."""
        now = f"default_zero({counted(self.metric, self.environment)})"
        when = Condition("<=", 0)
        query = f"sum({metric_window(self.over)}):{now} {when.text()}"
        return Compiled("query alert", query, when.thresholds())
