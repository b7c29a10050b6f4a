"""What services promise, and how fast what may fail is used up."""

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pulumi

from .. import ServiceObjectives, UptimeChecks
from ..observe.dashboards import ShownObjectiveArgs
from ..observe.service_objectives import (
    CorrectionArgs,
    ObjectiveServiceArgs,
    ServiceObjectivesArgs,
)
from ..plan import Plan
from ..plan.corrections import corrections
from .monitored import monitored
from .providers import Providers
from .routing import Routes
from .uptime import monitor_of


def declare_service_objectives(
    plan: Plan,
    providers: Providers,
    routes: Routes,
    checks: UptimeChecks | None,
) -> ServiceObjectives | None:
    """The objectives of every service whose class promises a level."""
    promised = [
        name for name, service in plan.services.items() if service.importance in plan.service_levels
    ]
    if not promised:
        return None
    # Each day of a month gives the same dates.
    today = datetime.now(ZoneInfo(plan.timezone)).date()
    args: ServiceObjectivesArgs = {
        **monitored(plan, routes),
        "services": {name: _service(plan, name, checks) for name in sorted(promised)},
        "levels": {name: level.in_words() for name, level in plan.service_levels.items()},
        "corrections": _corrections(plan, promised, today),
    }
    return ServiceObjectives("objectives", args, pulumi.ResourceOptions(provider=providers.datadog))


def _service(plan: Plan, name: str, checks: UptimeChecks | None) -> ObjectiveServiceArgs:
    service = plan.services[name]
    args: ObjectiveServiceArgs = {
        "datadog": service.datadog,
        "operation": service.operation,
        "importance": str(service.importance),
    }
    if service.owner:
        args["owner"] = service.owner
    if checks is not None and service.checks:
        args["monitors"] = {check: monitor_of(checks, check) for check in service.checks}
    return args


def _corrections(plan: Plan, promised: list[str], today: date) -> dict[str, CorrectionArgs]:
    found: dict[str, CorrectionArgs] = {}
    for correction in corrections(plan, today):
        services = sorted({*correction.services} & {*promised})
        if services:
            window = plan.windows[correction.window]
            found[correction.name] = {
                "start": correction.start,
                "end": correction.end,
                "services": services,
                "description": f"Maintenance window {correction.window}: {window.says()}, "
                f"{plan.timezone}",
            }
    return found


def for_dashboards(objectives: ServiceObjectives | None) -> dict[str, ShownObjectiveArgs]:
    """What a dashboard shows: what is promised, in words -> the objective."""
    shown: dict[str, Any] = {
        budget.title: {"id": budget.id, "days": budget.days}
        for budget in (objectives.budgets if objectives else ())
    }
    return shown
