"""Corrections of service level objectives: times that do not count against them."""

import pulumi

from ..thin import Resource, arguments


@arguments
class SloCorrectionArgs:
    """A correction, once (``end``) or again and again (``rrule`` with ``duration``)."""

    category: pulumi.Input[str]
    """``Scheduled Maintenance``, ``Outside Business Hours``, ``Deployment`` or ``Other``."""
    start: pulumi.Input[int]
    """Seconds since 1970; may lie in the past."""
    description: pulumi.Input[str | None] = None
    duration: pulumi.Input[int | None] = None
    """Seconds; with ``rrule``."""
    end: pulumi.Input[int | None] = None
    """Seconds since 1970; of a correction that happens once."""
    rrule: pulumi.Input[str | None] = None
    """``FREQ``, ``INTERVAL``, ``COUNT`` and ``UNTIL`` of RFC 5545."""
    slo_id: pulumi.Input[str | None] = None
    """One objective; exactly one of this and ``slo_query``."""
    slo_query: pulumi.Input[str | None] = None
    """The objectives whose tags it matches: ``env:prod service:web``."""
    timezone: pulumi.Input[str | None] = None
    """In which the page shows it; it moves nothing."""


class SloCorrection(Resource[SloCorrectionArgs], token="datadog:index/sloCorrection:SloCorrection"):
    """A correction of service level objectives."""

    category: pulumi.Output[str]
    description: pulumi.Output[str | None]
    end: pulumi.Output[int | None]
    start: pulumi.Output[int]
