"""Thresholds as arguments: what components of either cloud take alike."""

from typing import NotRequired, TypedDict


class ThresholdArgs(TypedDict):
    """A share above which somebody is alerted."""

    above: str
    """Per cent, such as ``80 %``."""
    severity: str
    """``p0`` to ``p3``."""
    lasting: NotRequired[str]
    """How long it must last, in whole minutes. Default: ``5 minutes``."""


class ResponseTimeThresholdArgs(TypedDict):
    """A response time above which somebody is alerted."""

    above: str
    """Such as ``1000 ms``."""
    severity: str
    """``p0`` to ``p3``."""
    percentile: NotRequired[float]
    """Of the requests, 1 to 99.99. Default: 95, since an average hides the slow ones."""
    lasting: NotRequired[str]
    """How long it must last, in whole minutes. Default: ``5 minutes``."""


class ErrorRateThresholdArgs(TypedDict):
    """A share of failed requests above which somebody is alerted."""

    above: str
    """Per cent of the requests answered with a 5xx, such as ``1 %``."""
    severity: str
    """``p0`` to ``p3``."""
    of_at_least: NotRequired[int]
    """Requests within ``lasting`` below which the share says nothing. Default: 100."""
    lasting: NotRequired[str]
    """Time the share is taken over, whole minutes. Default: ``5 minutes``."""
