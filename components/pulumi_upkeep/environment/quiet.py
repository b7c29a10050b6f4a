"""What the plan says of single alerts, and whose are quiet in maintenance windows."""

import pulumi

from .. import QuietWindows
from ..adopt import Adoption
from ..observe.alert_book import AlertBook, quiet_scopes
from ..observe.quiet_windows import QuietWindowArgs
from ..plan import Plan, PlanError
from ..plan.given_window import window_times
from .providers import Providers


def open_alert_book(plan: Plan) -> AlertBook:
    """The book that every alert declared from here on is told by."""
    book = AlertBook(tuned=plan.tuned, windows=quiet_scopes(plan))
    book.open()
    return book


def close_alert_book(book: AlertBook, adoption: Adoption) -> None:
    """No alert is declared after it. Raises ``PlanError`` with every name of the plan that nothing
    has, of alerts and of what is to be taken over."""
    book.close()
    if faults := [*book.faults(), *adoption.faults()]:
        raise PlanError(faults)


def declare_quiet(plan: Plan, providers: Providers, book: AlertBook) -> dict[str, QuietWindows]:
    """What the closed book has quiet. Mute rules stand in the alarms' own regions; Datadog's
    downtimes are declared once, beside those of the primary region."""
    declared = {}
    for region, provider in providers.aws.items():
        primary = region == providers.primary_region
        windows = _windows(plan, book, provider, monitors=primary)
        if not windows:
            continue
        name = "quiet" if primary else f"quiet-{region}"
        declared[region] = QuietWindows(
            name,
            {"windows": windows, "timezone": plan.timezone, "environment": plan.environment},
            pulumi.ResourceOptions(providers=[provider, providers.datadog]),
        )
    return declared


def _windows(
    plan: Plan, book: AlertBook, provider: pulumi.ProviderResource, *, monitors: bool
) -> dict[str, QuietWindowArgs]:
    """The windows that quiet anything of a provider's, or of Datadog's."""
    found: dict[str, QuietWindowArgs] = {}
    for name in book.windows:
        alarms = book.quiet_alarms(name, provider)
        datadog = monitors and book.quiets_monitors(name)
        if alarms or datadog:
            found[name] = {
                **window_times(plan.windows[name]),
                "alarms": alarms,
                "monitors": datadog,
            }
    return found
