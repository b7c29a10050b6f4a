"""DashboardAddress: the company's own address of a dashboard, sent on by a load balancer it has."""

from typing import NotRequired, TypedDict
from urllib.parse import urlsplit

import pulumi

from .. import aws
from ..component import UpkeepComponent
from ..plan.dashboards import Address
from ..plan.words import Later, Words
from .sites import APP

_HTTPS_PORT = "443"


class NamedByArgs(TypedDict):
    """The record of the address's host name; declared by one environment alone."""

    zone: pulumi.Input[str]
    """Id of the public zone."""
    dns_name: pulumi.Input[str]
    """The load balancer's own name."""
    dns_zone: pulumi.Input[str]
    """Id of the zone of that name."""


class DashboardAddressArgs(TypedDict):
    """Arguments of DashboardAddress."""

    address: str
    """Such as ``https://monitoring.example.com/production``."""
    dashboard: pulumi.Input[str]
    """Datadog's id of the dashboard."""
    listener: pulumi.Input[str]
    """ARN of the load balancer's listener at 443, with a certificate for the address."""
    record: NotRequired[NamedByArgs]
    """What declares the host name. Default: another environment does."""


class DashboardAddress(UpkeepComponent):
    """A rule that sends whoever asks at the company's address on to the dashboard.

    Found, not moved for good (302): a dashboard that is made anew has another id. Nothing is
    shown there; Datadog asks who it is.
    """

    rule_arn: pulumi.Output[str]
    """ARN of the listener's rule."""

    def __init__(
        self, name: str, args: DashboardAddressArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(_Settings, args)
        parts = urlsplit(settings.address)
        host, path = parts.hostname or "", parts.path.rstrip("/")
        rule = aws.lb.ListenerRule(
            self.name,
            aws.lb.ListenerRuleArgs(
                listener_arn=args["listener"],
                # No priority: AWS takes the next free one, and several environments share these.
                conditions=[
                    aws.lb.ListenerRuleConditionArgs(
                        host_header=aws.lb.ListenerRuleConditionHostHeaderArgs(values=[host])
                    ),
                    aws.lb.ListenerRuleConditionArgs(
                        path_pattern=aws.lb.ListenerRuleConditionPathPatternArgs(
                            values=[path, f"{path}/"]
                        )
                    ),
                ],
                actions=[
                    aws.lb.ListenerRuleActionArgs(
                        type="redirect",
                        redirect=aws.lb.ListenerRuleActionRedirectArgs(
                            status_code="HTTP_302",
                            protocol="HTTPS",
                            host=urlsplit(APP).hostname,
                            port=_HTTPS_PORT,
                            path=pulumi.Output.concat("/dashboard/", args["dashboard"]),
                            # What was asked for goes along: a time, a service.
                            query="#{query}",
                        ),
                    )
                ],
            ),
            self.child(),
        )
        if settings.record is not None:
            aws.route53.Record(
                self.name,
                aws.route53.RecordArgs(
                    zone_id=settings.record.zone,
                    name=host,
                    type="A",
                    aliases=[
                        aws.route53.RecordAliasArgs(
                            name=settings.record.dns_name,
                            zone_id=settings.record.dns_zone,
                            # The dashboard is of most use while the servers behind are not well.
                            evaluate_target_health=False,
                        )
                    ],
                ),
                self.child(),
            )
        self.rule_arn = rule.arn
        self.register_outputs({"ruleArn": self.rule_arn})


# ---- arguments, checked ------------------------------------------------------------------------


class _NamedBy(Words):
    zone: Later
    dns_name: Later
    dns_zone: Later


class _Settings(Words):
    address: Address
    dashboard: Later
    listener: Later
    record: _NamedBy | None = None
