"""The topics that alerts of this room go to, as a validated value."""

from ..plan.words import Later, Words


class Topics(Words):
    """The SNS topic of each severity; all four, so that no alert finds nobody."""

    p0: Later
    p1: Later
    p2: Later
    p3: Later
