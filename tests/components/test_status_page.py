"""StatusPage: what customers are told, in the order in which they are told it."""

import json
from typing import Any

import pulumi
import pytest
from pulumi_upkeep import StatusPage

from tests.components.recovery import RUNBOOKS, declared, topics
from tests.components.support import ACCOUNT, Recording, deploy

PAGE = "datadog:index/statusPage:StatusPage"
COMPONENT = "datadog:index/statusPageComponent:StatusPageComponent"
BYNOMI: dict[str, Any] = {
    "name": "Bynomi",
    "address": "bynomi",
    "shows": [
        {"name": "Shop", "judged_by": ["homepage", "product-pages"]},
        {"name": "Cart & checkout", "judged_by": ["cart", "journey-buy"]},
        {"name": "API", "judged_by": ["api-health"]},
    ],
}


def declare(args: Any, preview: bool = False) -> Recording:
    def program() -> None:
        from pulumi_upkeep.datadog import Provider, ProviderArgs

        provider = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
        StatusPage("status", args, pulumi.ResourceOptions(providers=[provider]))

    url = {PAGE: lambda name, inputs: {"pageUrl": f"https://{inputs['domainPrefix']}.example"}}
    return deploy(program, preview=preview, answers=url)


def test_a_page_and_its_components_one_after_another(preview: bool) -> None:
    recording = declare(BYNOMI, preview)

    assert recording.one(PAGE).props == {
        "name": "Bynomi",
        "domainPrefix": "bynomi",
        "type": "public",
        "visualizationType": "bars_and_uptime_percentage",
        "subscriptionsEnabled": True,
    }
    page = "<unknown>" if preview else "status-id"
    assert {
        name: (each.props, {*each.depends_on}) for name, each in recording.of(COMPONENT).items()
    } == {
        f"status-{key}": (
            {"name": name, "pageId": page, "position": position, "type": "component"},
            {"status", *before},
        )
        for key, name, position, before in [
            ("shop", "Shop", 0, []),
            ("cart-checkout", "Cart & checkout", 1, ["status-shop"]),
            ("api", "API", 2, ["status-cart-checkout"]),
        ]
    }
    assert {(each.parent, each.provider) for each in recording.children()} == {
        ("upkeep:index:StatusPage::status", "datadog")
    }


def test_gives_what_each_test_speaks_for() -> None:
    outputs = declare(BYNOMI).outputs_of("status")

    assert outputs["url"] == "https://bynomi.example"
    assert outputs["judgedBy" if "judgedBy" in outputs else "judged_by"] == {
        "homepage": "Shop",
        "product-pages": "Shop",
        "cart": "Cart & checkout",
        "journey-buy": "Cart & checkout",
        "api-health": "API",
    }
    assert outputs["components"] == {
        "Shop": "status-shop-id",
        "Cart & checkout": "status-cart-checkout-id",
        "API": "status-api-id",
    }


def test_may_be_for_people_of_the_organisation_alone() -> None:
    props = declare(BYNOMI | {"audience": "internal", "subscriptions": False}).one(PAGE).props
    assert (props["type"], props["subscriptionsEnabled"]) == ("internal", False)


@pytest.mark.parametrize(
    ("edit", "line"),
    [
        ({"shows": []}, "shows nothing; name what customers know"),
        (
            {"shows": [*BYNOMI["shows"], {"name": "Again", "judged_by": ["cart"]}]},
            "`cart` stands under `Cart & checkout` and `Again`; let each test speak for one thing",
        ),
        (
            {"shows": [*BYNOMI["shows"], {"name": "API", "judged_by": ["other"]}]},
            "shows `API` twice; give each a name of its own",
        ),
    ],
)
def test_refuses_a_page_that_says_nothing_or_two_things(edit: dict[str, Any], line: str) -> None:
    with pytest.raises(pulumi.RunError) as refused:
        declare(BYNOMI | edit)
    assert str(refused.value).endswith(line)


KEPT: dict[str, Any] = BYNOMI | {
    "credentials": "bynomi-prod-datadog",
    "monitors": {
        "homepage": 1,
        "product-pages": 2,
        "cart": 3,
        "journey-buy": 4,
        "api-health": 5,
    },
    "topics": topics("us-west-2"),
    "runbooks": RUNBOOKS,
}


def kept(args: Any = KEPT, preview: bool = False) -> Recording:
    def declare_page(opts: pulumi.ResourceOptions) -> pulumi.Resource:
        from pulumi_upkeep.datadog import Provider, ProviderArgs

        provider = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
        aws: Any = opts.provider
        return StatusPage("status", args, pulumi.ResourceOptions(providers=[aws, provider]))

    return declared(declare_page, preview=preview, region="us-west-2")


@pytest.mark.slow
def test_a_function_keeps_the_page_every_minute(preview: bool) -> None:
    recording = kept(preview=preview)

    (function,) = recording.of("aws:lambda/function:Function").values()
    assert function.props["handler"] == "main.handler"
    if not preview:
        told = json.loads(function.props["environment"]["variables"]["KEPT"])
        assert told == {
            "page": "status-id",
            "site": "https://api.datadoghq.com",
            "secret": "bynomi-prod-datadog",
            "notify": True,
            "components": [
                {"id": "status-shop-id", "name": "Shop", "monitors": [1, 2]},
                {"id": "status-cart-checkout-id", "name": "Cart & checkout", "monitors": [3, 4]},
                {"id": "status-api-id", "name": "API", "monitors": [5]},
            ],
        }
    schedule = recording.one("aws:scheduler/schedule:Schedule").props
    assert schedule["scheduleExpression"] == "rate(1 minute)"
    alarm = recording.one("aws:cloudwatch/metricAlarm:MetricAlarm", "status-keep-errors")
    assert f"{RUNBOOKS}/status-page" in alarm.props["alarmDescription"]


def test_the_function_reads_its_keys_and_nothing_else() -> None:
    policies = kept().of("aws:iam/rolePolicy:RolePolicy")
    statements = json.loads(policies["status-keep"].props["policy"])["Statement"]
    assert [
        (each["Action"], each["Resource"]) for each in statements if each["Sid"] == "ReadKeys"
    ] == [
        (
            "secretsmanager:GetSecretValue",
            f"arn:aws:secretsmanager:*:{ACCOUNT}:secret:bynomi-prod-datadog-??????",
        )
    ]
    assert {each["Sid"] for each in statements} == {"ReadKeys", "WriteLog"}


def test_a_kept_page_needs_all_that_keeps_it() -> None:
    with pytest.raises(pulumi.RunError) as refused:
        declare(BYNOMI | {"credentials": "keys", "monitors": {"homepage": 1}})
    assert [line.strip().partition(":")[0] for line in str(refused.value).splitlines()[1:]] == [
        "monitors.api-health",
        "monitors.cart",
        "monitors.journey-buy",
        "monitors.product-pages",
        "runbooks",
        "topics",
    ]
