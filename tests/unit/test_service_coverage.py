"""Coverage as ``make check`` shows it: what every service has, lacks, or is exempt from."""

import io
from typing import Any

from pulumi_upkeep.plan.services import ASPECTS
from rich.console import Console

from tools.upkeep.service_coverage import exemptions, table


def row(service: str, **cells: tuple[str, str, str | None]) -> dict[str, Any]:
    return {
        "service": service,
        "cells": [
            {"aspect": aspect, "state": state, "by": by, "until": until}
            for aspect, (state, by, until) in cells.items()
        ],
    }


ROWS = [
    row(
        "api",
        uptime=("covered", "health", None),
        latency=("covered", "above 200 ms, p2", None),
        errors=("missing", "", None),
        saturation=("missing", "", "2026-01-01"),
        objective=("exempt", "It is new", "2027-03-01"),
        runbook=("covered", "api-is-down", None),
        owner=("covered", "shop", None),
    ),
    row(
        "web",
        uptime=("covered", "homepage, checkout", None),
        latency=("covered", "above 1 second, p1", None),
        errors=("covered", "above 1 %, p1", None),
        saturation=("covered", "cpu, memory of web, orders", None),
        objective=("covered", "critical", None),
        runbook=("covered", "web-is-down", None),
        owner=("covered", "shop", None),
    ),
]


def test_a_row_for_each_service_and_a_column_for_each_aspect() -> None:
    out = io.StringIO()
    Console(file=out, width=120).print(table(ROWS))
    cells = [
        [cell.strip() for cell in line.split("  ") if cell] for line in out.getvalue().splitlines()
    ]
    head, api, web = cells
    assert head == ["service", *ASPECTS]
    assert api[1:] == [
        "health",
        "200 ms, p2",
        "missing",
        "missing",
        "exempt",
        "api-is-down",
        "shop",
    ]
    assert web[1:5] == ["2 checks", "1 second, p1", "1 %, p1", "cpu, memory"]
    assert web[5:] == ["critical", "web-is-down", "shop"]


def test_exemptions_are_told_with_their_reason_and_end() -> None:
    assert exemptions(ROWS) == ["api is exempt from objective until 2027-03-01: It is new"]
