"""A metric, and when it is too high or too low."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from .compiled import Compiled
from .condition import Condition
from .windows import metric_window

# How the points of a window become one value.
Reduction = Literal["avg", "max", "min", "sum", "percentile"]


@dataclass(frozen=True)
class Threshold:
    """A metric over a window, compared with a value.

    metric      a metric query of Datadog: ``p95:trace.http.request{env:prod,service:web}``
    over        the window; 1 minute to 1 week
    reduced_by  how its points become one: ``avg`` of a level, ``sum`` of a count, ``max`` where
                every peak counts
    when        the comparison
    """

    metric: str
    over: timedelta
    when: Condition
    reduced_by: Reduction = "avg"

    def compile(self) -> Compiled:
        """The monitor's query. Raises ``NotInWords`` for a window that Datadog does not have."""
        query = f"{self.reduced_by}({metric_window(self.over)}):{self.metric} {self.when.text()}"
        return Compiled("query alert", query, self.when.thresholds())
