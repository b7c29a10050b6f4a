"""The plans that are measured: the shipped one of prod, and generated ones of many services."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pulumi_upkeep.plan.read import NAMESPACE, read_stack_file

PROD = Path(__file__).parent.parent / "Pulumi.prod.yaml"
# What the shipped file keeps encrypted. A phone number gets one that is kept for fiction.
_SECRET = "5a" * 16
_PHONE = "+12025550100"


@dataclass(frozen=True)
class Configuration:
    """A stack's configuration as the engine hands it to the program.

    values    full key -> text, blocks as JSON
    secrets   the keys of those that are secret
    """

    values: Mapping[str, str]
    secrets: tuple[str, ...]

    def as_data(self) -> dict[str, Any]:
        """For a worker's input."""
        return {"config": dict(self.values), "secrets": list(self.secrets)}


def prod() -> Configuration:
    """The shipped plan of production."""
    return of_file(PROD)


def of_file(path: Path) -> Configuration:
    """The plan of any stack file. Raises ``PlanError`` where it cannot be read."""
    return _configuration(*_read(path))


def of_services(count: int) -> Configuration:
    """Production with ``count`` services instead of its one.

    A service is a group of servers behind a load balancer, with all alarms that the plan has for
    it, its monitors, and a check of its address with one of its certificate. The first one keeps
    its name, by which other chapters know it. What stands by for the one service is left out, as
    are promises about it.
    """
    chapters, secrets = _read(PROD)
    ((first, service),) = chapters["services"].items()
    names = [first, *(f"service-{number:04d}" for number in range(2, count + 1))]
    estate, uptime = chapters["estate"], chapters["uptime"]
    one = next(iter(estate["servers"].values()))
    estate["servers"] = {name: dict.fromkeys(one, name) for name in names}
    uptime["checks"] |= {name: {"url": f"https://{name}.bynomi.com/health"} for name in names[1:]}
    for gone in ("importance", "runbook"):
        service.pop(gone)
    until = {"because": "It is measured", "until": "2099-12-31"}
    chapters["services"] = {
        name: service
        | {
            "datadog": name if name != first else service["datadog"],
            "runs_on": {"servers": [name], "databases": list(estate["databases"])},
            "checks": [name] if name != first else service["checks"],
            "exempt": [{"from": "objective", **until}, {"from": "runbook", **until}],
        }
        for name in names
    }
    chapters.setdefault("dashboards", {})["balancer"] = names[0]
    # What stands on the one service, and whoever may start its runbooks.
    for chapter in (
        *("standby", "recovery", "drills", "objectives", "service_levels", "accepted"),
        "access",
    ):
        chapters.pop(chapter, None)
    return _configuration(chapters, secrets)


def _read(path: Path) -> tuple[dict[str, Any], list[str]]:
    file = read_stack_file(path)
    return dict(file.chapters), sorted(file.secrets)


def _configuration(chapters: Mapping[str, Any], secrets: list[str]) -> Configuration:
    values = {
        f"{NAMESPACE}:{name}": value if isinstance(value, str) else json.dumps(value)
        for name, value in chapters.items()
    }
    hidden = {f"{NAMESPACE}:{name}": _PHONE if "Phone" in name else _SECRET for name in secrets}
    return Configuration(values | hidden, tuple(hidden))
