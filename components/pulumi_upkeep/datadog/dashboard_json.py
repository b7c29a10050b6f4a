"""Dashboards as JSON: what Datadog's own editor exports and imports."""

import pulumi

from ..thin import Resource, arguments


@arguments
class DashboardJsonArgs:
    """A dashboard."""

    dashboard: pulumi.Input[str]
    """The definition as JSON: title, layout and widgets."""


class DashboardJson(Resource[DashboardJsonArgs], token="datadog:index/dashboardJson:DashboardJson"):
    """A dashboard. Its id is Datadog's, ``abc-def-ghi``."""

    dashboard: pulumi.Output[str]
    url: pulumi.Output[str]
    """Its path at Datadog's site: ``/dashboard/abc-def-ghi/bynomi-prod``."""
