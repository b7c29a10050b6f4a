"""Every alert: how grave it is, whose phone rings first, and the page it leads to."""

from collections.abc import Mapping

from pulumi_upkeep.plan import Plan

from tools.upkeep.alerts import Found
from tools.upkeep.handbook.page import Fact, Page, Section, Table, computed


def page(plan: Plan, alerts: Mapping[str, Found], leads: Mapping[str, str]) -> Page | None:
    """``alerts`` are those that the stack declares, ``leads`` where each sends its readers, by its
    name. None where there are none."""
    if not alerts:
        return None
    order = sorted(alerts, key=lambda name: (alerts[name].alert.severity, name))
    rows = tuple(_row(plan, alerts[name], leads.get(name, "")) for name in order)
    table = Table(("alert", "severity", "by", "told", "quiet in"), rows)
    return Page(
        "routes",
        "Alerts and routes",
        "Every alert that is declared, and who hears of it.",
        (
            Section(
                "Alerts",
                (table,),
                "Read off what is declared. An alert's name leads to what to do; "
                "`make page ALERT=...` shows who is called when.",
            ),
        ),
    )


def _row(plan: Plan, found: Found, leads: str) -> tuple[Fact, ...]:
    alert = found.alert
    at = f"severities.{alert.severity}"
    told = ", ".join(f"{each.channel} {each.name}" for each in alert.recipients)
    instead = f"told by {', '.join(found.spoken_for)}" if found.spoken_for else "nobody: silenced"
    windows = sorted({quiet.name for quiet in alert.quiet})
    return (
        computed(alert.name, at, link=leads),
        computed(alert.severity, at, link=f"severities.html#{alert.severity}"),
        computed(alert.side, at),
        computed(told or instead, at),
        computed(", ".join(windows) or "–", at, *(_said_at(plan, name) for name in windows)),
    )


def _said_at(plan: Plan, quiet: str) -> str:
    """Where the plan says that alerts are quiet: a window, or all but the business hours."""
    return f"windows.{quiet}" if quiet in plan.windows else "business_hours"
