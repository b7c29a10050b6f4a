"""Queries on a service's requests, as they are traced.

``trace.<operation>`` is the distribution of how long they take, in seconds; ``.hits`` and
``.errors`` count them [Datadog, trace metrics]. Monitors, objectives and dashboards ask alike.
"""

from dataclasses import dataclass

from .condition import number


@dataclass(frozen=True)
class Requests:
    """Those of a service in an environment.

    operation   the name of the spans that begin them
    scope       which: ``env:prod,service:bynomi-web``
    by          the tag that they are split by; empty: none
    """

    operation: str
    scope: str
    by: str = ""

    @classmethod
    def of(cls, service: str, operation: str, environment: str, by: str = "") -> "Requests":
        """Those of one service, by Datadog's name of it."""
        return cls(operation, f"env:{environment},service:{service}", by)

    @property
    def _where(self) -> str:
        return f"{{{self.scope}}}" + (f" by {{{self.by}}}" if self.by else "")

    def latency(self, percentile: float) -> str:
        """How long a share of them takes at most, in seconds."""
        return f"p{percentile:g}:trace.{self.operation}{self._where}"

    @property
    def hits(self) -> str:
        """How many there are."""
        return f"sum:trace.{self.operation}.hits{self._where}.as_count()"

    @property
    def errors(self) -> str:
        """How many of them fail."""
        return f"sum:trace.{self.operation}.errors{self._where}.as_count()"

    @property
    def error_rate(self) -> str:
        """Which share of them fails, in per cent. Over a window it is the share of all requests in
        it, not the mean of shares [Datadog, as_count() in monitor evaluations]."""
        return f"{self.errors} / {self.hits} * 100"

    @property
    def timed(self) -> str:
        """How many there are of which it is known how long they took."""
        return f"count:trace.{self.operation}{self._where}.as_count()"

    def faster_than(self, seconds: float) -> str:
        """How many of these took less than so long."""
        return f"count(v: v<{number(seconds)}):trace.{self.operation}{self._where}.as_count()"
