"""What is scanned for vulnerabilities, and what people look at every quarter and every year."""

from dataclasses import dataclass

import pulumi

from .. import ImageScans, SecurityReviews, SecurityScans
from ..operate.image_scans import ImageScansArgs
from ..operate.security_reviews import SecurityReviewArgs
from ..operate.security_scans import SecurityScansArgs
from ..plan import Plan
from ..plan.security import Review
from ..plan.words import say_duration
from .providers import Providers
from .routing import Routes


@dataclass(frozen=True)
class Security:
    """What looks; None for what the plan does not ask for."""

    images: ImageScans | None
    scans: SecurityScans | None
    reviews: SecurityReviews | None


def declare_security(plan: Plan, providers: Providers, routes: Routes) -> Security:
    """In the primary region, where servers, images and functions are."""
    region = plan.regions.primary
    topics = routes[region].alert_topics()
    opts = pulumi.ResourceOptions(provider=providers.aws[region])
    images = scans = reviews = None
    if plan.images is not None:
        args: ImageScansArgs = {
            "every": str(plan.images.every),
            "at": f"{plan.images.times[0]:%H:%M}",
            "timezone": plan.timezone,
            "by": plan.images.by,
            "repositories": [*plan.images.repositories],
            "severity": plan.images.severity,
            "topics": topics,
            "runbooks": plan.runbooks,
        }
        if plan.images.on is not None:
            args["on"] = str(plan.images.on)
        images = ImageScans("image-scans", args, opts)
    asked = plan.security
    if asked is not None and asked.scans is not None:
        given: SecurityScansArgs = {
            "every": str(asked.scans.every),
            "at": f"{asked.scans.times[0]:%H:%M}",
            "timezone": plan.timezone,
            "owner": asked.scans.owner,
            "of": [*asked.scans.of],
            "findings": {str(gravity): told for gravity, told in asked.scans.told.items()},
            "severity": asked.scans.severity,
            "topics": topics,
            "runbooks": plan.runbooks,
        }
        if asked.scans.on is not None:
            given["on"] = str(asked.scans.on)
        scans = SecurityScans("security-scans", given, opts)
    if asked is not None and asked.reviews:
        reviews = SecurityReviews(
            "security-reviews",
            {
                "reviews": {name: _review(review) for name, review in asked.reviews.items()},
                "timezone": plan.timezone,
                "topics": topics,
                "runbooks": plan.runbooks,
            },
            opts,
        )
    return Security(images, scans, reviews)


def _review(review: Review) -> SecurityReviewArgs:
    return {
        "means": review.means,
        "every": str(review.every),
        "on": str(review.on),
        "at": f"{review.times[0]:%H:%M}",
        "owner": review.owner,
        "announced": say_duration(review.announced),
        "done_within": say_duration(review.done_within),
        "severity": review.severity,
    }
