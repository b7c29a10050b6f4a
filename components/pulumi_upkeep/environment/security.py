"""What is scanned for vulnerabilities, and what people look at every quarter and every year."""

from dataclasses import dataclass
from typing import Any

import pulumi

from .. import ImageScans, SecurityReviews, SecurityScans
from ..plan import Plan
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
    opts = pulumi.ResourceOptions(provider=providers.aws[region])
    images = scans = reviews = None
    shared = {
        "timezone": plan.timezone,
        "topics": routes[region].alert_topics(),
        "runbooks": plan.runbooks,
    }
    if plan.images is not None:
        images = ImageScans("image-scans", plan.images.in_words() | shared, opts)
    asked = plan.security
    if asked is not None and asked.scans is not None:
        scans = SecurityScans("security-scans", asked.scans.in_words() | shared, opts)
    if asked is not None and asked.reviews:
        args: Any = {"reviews": asked.in_words()["reviews"], **shared}
        reviews = SecurityReviews("security-reviews", args, opts)
    return Security(images, scans, reviews)
