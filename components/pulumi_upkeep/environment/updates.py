"""What the application stands on, and when people look through it."""

import pulumi

from .. import DependencyReview
from ..operate.dependency_review import DependencyReviewArgs
from ..plan import Plan
from .providers import Providers
from .routing import Routes


def declare_dependency_review(
    plan: Plan, providers: Providers, routes: Routes
) -> DependencyReview | None:
    """In the primary region; None where the plan asks for no review."""
    if plan.updates is None or plan.updates.review is None:
        return None
    region = plan.regions.primary
    args: DependencyReviewArgs = plan.updates.review.in_words() | {
        "owner": plan.updates.owner,
        "timezone": plan.timezone,
        "topics": routes[region].alert_topics(),
        "runbooks": plan.runbooks,
    }
    return DependencyReview(
        "dependencies", args, pulumi.ResourceOptions(provider=providers.aws[region])
    )
