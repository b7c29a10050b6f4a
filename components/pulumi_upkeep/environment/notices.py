"""What customers are told of maintenance: the banner, mails, and the function that keeps both."""

import pulumi

from .. import Notices
from ..operate.notices import AnnouncedWindowArgs, NoticesArgs
from ..plan import Plan
from ..plan.given_window import window_times
from ..plan.notices import announced
from ..plan.windows import Window
from .estate import Estate
from .providers import Providers
from .routing import Routes


def declare_notices(
    plan: Plan, estate: Estate, providers: Providers, routes: Routes
) -> Notices | None:
    """In the primary region; None where the plan announces nothing."""
    chapter = plan.notices
    if chapter is None:
        return None
    here = routes[plan.regions.primary]
    args: NoticesArgs = {
        "company": plan.company,
        "timezone": plan.timezone,
        "windows": {name: _announced(window) for name, window in announced(plan).items()},
        "sites": [*chapter.sites],
        "topics": here.alert_topics(),
        "runbooks": plan.runbooks,
        "email": [*chapter.email],
        "key": here.key_arn,
        "severity": chapter.severity,
        "protect": plan.protected,
    }
    if chapter.address is not None and estate.notices_certificate_arn is not None:
        args["named"] = {
            "host": chapter.address,
            "zone": estate.zone_id,
            "certificate": estate.notices_certificate_arn,
        }
    return Notices("notices", args, pulumi.ResourceOptions(provider=providers.primary))


def _announced(window: Window) -> AnnouncedWindowArgs:
    # The plan is checked: what is announced has a notice.
    assert window.notice is not None
    return {**window_times(window), "notice": window.notice.in_words()}
