"""What protection costs, for a person: an estimate with its date, and what it leaves out."""

from collections.abc import Mapping
from typing import Any

Costs = Mapping[str, Any]
"""``costs`` in build/check.json."""


def estimate(costs: Costs) -> str:
    """The sum in one line, with the date of its prices and what has none."""
    text = f"about ${costs['usd_a_month']:,.0f} a month at list prices of {costs['as_of']}"
    without = [line["what"] for line in costs["lines"] if line["usd_a_month"] is None]
    return f"{text}, without {', '.join(without)}" if without else text


def lines(costs: Costs) -> list[str]:
    """The estimate, what it consists of, and what it does not count."""
    parts = [
        f"${line['usd_a_month']:,.0f} {line['what']} ({line['how']})"
        for line in costs["lines"]
        if line["usd_a_month"] is not None
    ]
    return [
        estimate(costs),
        *(f"  {part}" for part in parts),
        f"  assumed: {'; '.join(costs['assumptions'])}",
        f"  not counted: {'; '.join(costs['not_counted'])}",
    ]
