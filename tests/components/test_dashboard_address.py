"""DashboardAddress: the company's own address, sent on by a load balancer that it has."""

from typing import Any

import pulumi
import pytest
from pulumi_upkeep import DashboardAddress

from tests.components.support import UNKNOWN, Recording, arn, deploy, providers

RULE = "aws:lb/listenerRule:ListenerRule"
RECORD = "aws:route53/record:Record"
STAGING: dict[str, Any] = {
    "address": "https://monitoring.bynomi.com/staging/",
    "dashboard": "abc-def-ghi",
    "listener": "arn:aws:elasticloadbalancing:us-east-1:123456789012:listener/app/web/1/2",
}
PROD: dict[str, Any] = {
    **STAGING,
    "address": "https://monitoring.bynomi.com/production",
    "record": {"zone": "Z1", "dns_name": "web.elb.example.com", "dns_zone": "Z2"},
}


def declare(args: Any, preview: bool = False) -> Recording:
    def program() -> None:
        provider = providers("us-east-1")["us-east-1"]
        DashboardAddress("board", args, pulumi.ResourceOptions(provider=provider))

    return deploy(program, preview=preview)


def test_the_owner_declares_the_name_and_the_rule(preview: bool) -> None:
    recording = declare(PROD, preview)
    parent = "upkeep:index:DashboardAddress::board"
    assert [(each.type, each.name, each.parent) for each in recording.children()] == [
        (RULE, "board", parent),
        (RECORD, "board", parent),
    ]
    assert recording.one(RECORD).props == {
        "zoneId": "Z1",
        "name": "monitoring.bynomi.com",
        "type": "A",
        "aliases": [{"name": "web.elb.example.com", "zoneId": "Z2", "evaluateTargetHealth": False}],
    }
    assert recording.outputs_of("board") == {"ruleArn": UNKNOWN if preview else arn(RULE, "board")}


def test_the_rule_is_exactly_this(preview: bool) -> None:
    recording = declare(STAGING, preview)
    assert recording.of(RECORD) == {}
    assert recording.one(RULE).props == {
        "listenerArn": STAGING["listener"],
        "conditions": [
            {"hostHeader": {"values": ["monitoring.bynomi.com"]}},
            {"pathPattern": {"values": ["/staging", "/staging/"]}},
        ],
        "actions": [
            {
                "type": "redirect",
                "redirect": {
                    "statusCode": "HTTP_302",
                    "protocol": "HTTPS",
                    "host": "app.datadoghq.com",
                    "port": "443",
                    "path": "/dashboard/abc-def-ghi",
                    "query": "#{query}",
                },
            }
        ],
    }


def test_an_address_that_cannot_be_is_refused() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        declare({**STAGING, "address": "http://monitoring.bynomi.com/staging"})
    assert str(refused.value).startswith("DashboardAddress 'board'")
    assert "write `https://monitoring.bynomi.com/staging`" in str(refused.value)
