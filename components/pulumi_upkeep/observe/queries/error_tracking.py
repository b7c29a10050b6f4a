"""Errors, grouped into issues: one that is new, and one that occurs often.

Datadog's documentation of error tracking monitors gives the form; ``new`` holds issues that are up
for review, which a regression is again, ``impact`` those that somebody has looked at as well.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from ...plan.errors import Share
from .compiled import Compiled
from .condition import Condition
from .windows import event_window

# Where issues come from: browsers, servers (spans and logs), or both.
Source = Literal["all", "browser", "backend"]
Kind = Literal["new", "impact"]

# What alerts are grouped by: one per issue.
GROUP = "@issue.id"
_TYPE = "@error.type"


@dataclass(frozen=True)
class Issues:
    """Issues with more errors than so many.

    kind      ``new``: never seen before or back again; ``impact``: any that is not resolved or
              ignored
    errors    the search for their errors; see :func:`errors_of`
    source    where they come from
    above     errors of one issue within the window
    within    the window; 1 minute to 48 hours [Datadog]
    """

    kind: Kind
    errors: str
    source: Source
    above: int
    within: timedelta

    def compile(self) -> Compiled:
        """The monitor's query. Raises ``NotInWords`` for a window that Datadog does not have."""
        when = Condition(">", self.above)
        query = (
            f'error-tracking("{self.errors}").source("{self.source}").{self.kind}()'
            f'.rollup("count").by("{GROUP}").last("{event_window(self.within)}")'
        )
        return Compiled("error-tracking alert", f"{query} {when.text()}", when.thresholds())


def errors_of(environment: str, shares: Mapping[str, Share]) -> str:
    """The search for some errors of some services, by Datadog's names of them.

    Services with the same share stand together; the same shares always give the same text.
    """
    services: dict[Share, list[str]] = {}
    for name in sorted(shares):
        services.setdefault(shares[name], []).append(name)
    parts = [
        " ".join([_any("service", names), *_types(share)]) for share, names in services.items()
    ]
    found = parts[0] if len(parts) == 1 else f"({' OR '.join(f'({part})' for part in parts)})"
    return f"env:{environment} {found}"


def _types(share: Share) -> Iterable[str]:
    if share.types:
        yield _any(_TYPE, sorted(share.types))
    for pattern in share.without:
        yield f"-{_TYPE}:{pattern}"


def _any(facet: str, values: Iterable[str]) -> str:
    """``service:web`` or ``service:(api OR web)``."""
    either = list(values)
    return f"{facet}:{either[0]}" if len(either) == 1 else f"{facet}:({' OR '.join(either)})"
