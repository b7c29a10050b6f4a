"""UptimeChecks beyond single addresses: journeys, browsers, names, places and secrets."""

from typing import Any

import pulumi
import pytest
from pulumi_upkeep import UptimeChecks
from pulumi_upkeep.observe.message_faults import message_faults

from tests.components.support import Recording, deploy

TEST = "datadog:index/syntheticsTest:SyntheticsTest"
PLACE = "datadog:index/syntheticsPrivateLocation:SyntheticsPrivateLocation"
VARIABLE = "datadog:index/syntheticsGlobalVariable:SyntheticsGlobalVariable"
PARENT = "upkeep:index:UptimeChecks::uptime"
BYNOMI: dict[str, Any] = {
    "runbooks": "https://internal.bynomi.com/docs/runbooks",
    "handles": {"p0": "@oncall-shop", "p1": "@one", "p2": "@two", "p3": "@three"},
    "owners": {"shop": "@slack-shop"},
    "environment": "prod",
    "timezone": "America/New_York",
    "locations": ["aws:us-east-1", "aws:us-west-2", "aws:eu-central-1"],
    "severity": "p0",
    "within": "1000 ms",
    "checks": {
        "homepage": {"url": "https://www.bynomi.com/"},
        "admin": {"url": "http://admin.internal/", "severity": "p3", "locations": ["pl:inside"]},
    },
    "journeys": {
        "buy": {
            "secrets": {"SHOPPER": {"secret": "uptimeShopper"}},
            "steps": [
                {
                    "name": "Fill the cart",
                    "url": "https://www.bynomi.com/api/cart",
                    "method": "POST",
                    "headers": {"X-Shopper": "{{ SHOPPER }}"},
                    "body": '{"product": "1"}',
                    "status": 201,
                    "take": {
                        "CART": {"json": "$.id"},
                        "SESSION": {"header": "X-Session", "secret": False},
                    },
                },
                {
                    "name": "Check out",
                    "url": "https://www.bynomi.com/api/checkout/{{ CART }}",
                    "headers": {"X-Session": "{{ SESSION }}", "X-Shopper": "{{ SHOPPER }}"},
                    "within": "2 seconds",
                    "body_contains": "{{ CART }}",
                    "json": {"$.payable": "true"},
                },
            ],
        }
    },
    "browsers": {
        "pay": {
            "url": "https://www.bynomi.com/checkout",
            "because": "A script draws the form.",
            "secrets": {"SHOPPER": {"secret": "uptimeShopper"}},
            "steps": [
                {"type": {"into": "#token", "text": "{{ SHOPPER }}"}},
                {"click": "#pay"},
                {"see_element": "#card-number"},
                {"see": "Pay now"},
                {"address_contains": "/pay"},
                {"go_to": "https://www.bynomi.com/"},
            ],
        }
    },
    "dns": {
        "www": {"name": "www.bynomi.com", "severity": "p1"},
        "mail": {"name": "bynomi.com", "record": "MX", "answers": ["10 b.mail", "5 a.mail"]},
    },
    "private_locations": {
        "inside": {"means": "The network of the servers", "worker": "A container on them"}
    },
    "secret_values": {"uptimeShopper": "open sesame"},
    "serves": {
        "homepage": {"service": "bynomi-web", "owner": "shop"},
        "journey-buy": {"service": "bynomi-web", "owner": "shop"},
    },
}


def declare(args: Any, preview: bool = False) -> Recording:
    def program() -> None:
        from pulumi_upkeep.datadog import Provider, ProviderArgs

        provider = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
        UptimeChecks("uptime", args, pulumi.ResourceOptions(providers=[provider]))

    answers: Any = {
        TEST: lambda name, inputs: {"monitorId": len(name)},
        PLACE: lambda name, inputs: {"config": '{"accessKey": "sesame"}'},
    }
    return deploy(program, preview=preview, answers=answers)


def refusal(args: Any) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        declare(args)
    return str(refused.value)


@pytest.mark.slow
def test_declares_exactly_these(preview: bool) -> None:
    recording = declare(BYNOMI, preview)

    assert recording.names() == [
        (VARIABLE, "uptime-shopper"),
        (PLACE, "uptime-inside"),
        *(
            (TEST, f"uptime-{name}")
            for name in (
                "admin",
                "browser-pay",
                "certificate-www.bynomi.com",
                "dns-mail",
                "dns-www",
                "homepage",
                "journey-buy",
            )
        ),
        ("upkeep:index:UptimeChecks", "uptime"),
    ]
    assert {(each.parent, each.provider) for each in recording.children()} == {(PARENT, "datadog")}


def test_a_journey_is_exactly_this() -> None:
    props = dict(declare(BYNOMI).one(TEST, "uptime-journey-buy").props)

    assert props.pop("apiSteps") == [
        {
            "name": "Fill the cart",
            "subtype": "http",
            "requestDefinition": {
                "method": "POST",
                "url": "https://www.bynomi.com/api/cart",
                "body": '{"product": "1"}',
                "followRedirects": True,
            },
            "requestHeaders": {"X-Shopper": "{{ PROD_SHOPPER }}"},
            "assertions": [
                {"type": "statusCode", "operator": "is", "target": "201"},
                {"type": "responseTime", "operator": "lessThan", "target": "1000"},
            ],
            "extractedValues": [
                {
                    "name": "CART",
                    "type": "http_body",
                    "parser": {"type": "json_path", "value": "$.id"},
                    "secure": True,
                },
                {
                    "name": "SESSION",
                    "type": "http_header",
                    "field": "X-Session",
                    "parser": {"type": "raw"},
                    "secure": False,
                },
            ],
        },
        {
            "name": "Check out",
            "subtype": "http",
            "requestDefinition": {
                "method": "GET",
                "url": "https://www.bynomi.com/api/checkout/{{ CART }}",
                "followRedirects": True,
            },
            "requestHeaders": {"X-Session": "{{ SESSION }}", "X-Shopper": "{{ PROD_SHOPPER }}"},
            "assertions": [
                {"type": "statusCode", "operator": "is", "target": "200"},
                {"type": "responseTime", "operator": "lessThan", "target": "2000"},
                {"type": "body", "operator": "contains", "target": "{{ CART }}"},
                {
                    "type": "body",
                    "operator": "validatesJSONPath",
                    "targetjsonpath": {
                        "jsonpath": "$.payable",
                        "operator": "is",
                        "targetvalue": "true",
                    },
                },
            ],
        },
    ]
    assert props.pop("message") == (
        "{{#is_alert}}P0: the journey buy fails at `{{synthetics.failed_step.name}}`: "
        "{{synthetics.failed_step.failure.message}}. Since {{local_time 'first_triggered_at' "
        "'America/New_York'}}.{{/is_alert}}{{#is_recovery}}Over: the journey buy goes through "
        "again.{{/is_recovery}} Owner: shop. Runbook: "
        "https://internal.bynomi.com/docs/runbooks/uptime-journey-buy Last deployment: "
        "https://app.datadoghq.com/apm/services/bynomi-web?env=prod @oncall-shop @slack-shop"
    )
    assert props.pop("optionsList")["tickEvery"] == 300
    assert props == {
        "name": "bynomi-prod-uptime-journey-buy",
        "type": "api",
        "subtype": "multi",
        "status": "live",
        "locations": ["aws:eu-central-1", "aws:us-east-1", "aws:us-west-2"],
        "tags": [
            "check:journey-buy",
            "env:prod",
            "project:bynomi",
            "service:bynomi-web",
            "severity:p0",
            "team:shop",
        ],
        "configVariables": [{"name": "PROD_SHOPPER", "type": "global", "id": "uptime-shopper-id"}],
    }


@pytest.mark.slow
def test_a_secret_stays_one(preview: bool) -> None:
    variable = declare(BYNOMI, preview).one(VARIABLE, "uptime-shopper")

    assert variable.secrets == {"value"}
    assert variable.props == {
        "name": "PROD_SHOPPER",
        "description": "The Pulumi secret uptimeShopper of bynomi",
        "secure": True,
        "value": "open sesame",
        "tags": ["env:prod", "project:bynomi"],
    }


def test_a_browser_test_does_one_thing_after_another() -> None:
    props = declare(BYNOMI).one(TEST, "uptime-browser-pay").props

    def element(selector: str) -> dict[str, Any]:
        value = {"type": "css", "value": selector}
        return {"elementUserLocator": {"failTestOnCannotLocate": True, "value": value}}

    assert [(step["type"], step["params"]) for step in props["browserSteps"]] == [
        ("typeText", element("#token") | {"value": "{{ PROD_SHOPPER }}"}),
        ("click", element("#pay")),
        ("assertElementPresent", element("#card-number")),
        ("assertPageContains", {"value": "Pay now"}),
        ("assertCurrentUrl", {"check": "contains", "value": "/pay"}),
        ("goToUrl", {"value": "https://www.bynomi.com/"}),
    ]
    assert props["type"] == "browser"
    assert props["deviceIds"] == ["chrome.laptop_large"]
    assert props["browserVariables"] == [
        {"name": "PROD_SHOPPER", "type": "global", "id": "uptime-shopper-id"}
    ]
    assert props["requestDefinition"] == {
        "method": "GET",
        "url": "https://www.bynomi.com/checkout",
    }
    assert props["optionsList"]["tickEvery"] == 900
    assert not {"subtype", "assertions", "configVariables", "apiSteps"} & set(props)


def test_a_name_must_be_answered() -> None:
    recording = declare(BYNOMI)
    www, mail = (recording.one(TEST, f"uptime-dns-{name}").props for name in ("www", "mail"))

    assert www["subtype"] == "dns"
    assert www["requestDefinition"] == {"host": "www.bynomi.com"}
    assert www["assertions"] == [
        {"type": "recordSome", "operator": "matches", "property": "A", "target": ".+"},
        {"type": "responseTime", "operator": "lessThan", "target": "500"},
    ]
    assert [each["target"] for each in mail["assertions"]] == ["10 b.mail", "5 a.mail", "500"]
    assert {each["property"] for each in mail["assertions"][:-1]} == {"MX"}
    assert www["optionsList"]["monitorPriority"] == 2


@pytest.mark.slow
def test_what_is_asked_from_inside(preview: bool) -> None:
    recording = declare(BYNOMI, preview)

    assert recording.one(PLACE, "uptime-inside").props == {
        "name": "bynomi-prod-uptime-inside",
        "description": "The network of the servers. Worker: A container on them",
        "tags": ["env:prod", "project:bynomi"],
    }
    admin = recording.one(TEST, "uptime-admin").props
    assert admin["locations"] == ["<unknown>" if preview else "uptime-inside-id"]
    # From one place two cannot fail.
    assert admin["optionsList"]["minLocationFailed"] == 1
    assert recording.one(TEST, "uptime-homepage").props["optionsList"]["minLocationFailed"] == 2


def test_what_a_worker_is_started_with_is_secret() -> None:
    def program() -> None:
        from pulumi_upkeep.datadog import StatusPage, StatusPageArgs

        made = UptimeChecks("uptime", BYNOMI)  # type: ignore[arg-type]
        # Any property of anything: whatever takes it is told that it is secret.
        StatusPage(
            "any",
            StatusPageArgs(
                name=made.private_locations["inside"],
                domain_prefix="any",
                type="internal",
                visualization_type="bars_only",
            ),
        )

    answers: Any = {
        TEST: lambda name, inputs: {"monitorId": len(name)},
        PLACE: lambda name, inputs: {"config": '{"accessKey": "sesame"}'},
    }
    recording = deploy(program, answers=answers)
    taker = recording.one("datadog:index/statusPage:StatusPage")
    assert taker.props["name"] == '{"accessKey": "sesame"}'
    assert taker.secrets == {"name"}


def test_every_message_is_right() -> None:
    for name, each in declare(BYNOMI).of(TEST).items():
        assert message_faults(each.props["message"], "") == [], name


def test_gives_every_test_by_name() -> None:
    outputs = declare(BYNOMI).outputs_of("uptime")

    assert sorted(outputs["tests"]) == [
        "admin",
        "browser-pay",
        "certificate-www.bynomi.com",
        "dns-mail",
        "dns-www",
        "homepage",
        "journey-buy",
    ]
    assert sorted(outputs["monitors"]) == sorted(outputs["tests"])


def test_refuses_what_only_several_arguments_show() -> None:
    args = BYNOMI | {
        "secret_values": {},
        "browsers": {
            "pay": BYNOMI["browsers"]["pay"] | {"secrets": {"SHOPPER": {"secret": "other"}}}
        },
        "serves": {"hompage": {"service": "web"}},
    }
    assert refusal(args) == (
        "UptimeChecks 'uptime': 4 faults\n"
        "  browsers.pay.secrets.SHOPPER = other: `journeys.buy.secrets.SHOPPER` holds another "
        "secret, and Datadog knows each variable once; give one of them another name\n"
        "  browsers.pay.secrets.SHOPPER = other: no value in `secret_values`; add `other` there\n"
        "  journeys.buy.secrets.SHOPPER = uptimeShopper: no value in `secret_values`; add "
        "`uptimeShopper` there\n"
        "  serves.hompage: no such test; did you mean `homepage`?"
    )


def test_a_message_that_would_be_broken_is_refused() -> None:
    found = refusal(BYNOMI | {"handles": BYNOMI["handles"] | {"p3": "@three {{#is_alert}}"}})
    assert found.startswith(
        "UptimeChecks 'uptime': 1 fault\n  admin.message = {{#is_alert}}: is never closed"
    )


@pytest.mark.slow
def test_the_same_words_in_another_order_give_the_same_bytes() -> None:
    def turned(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: turned(value[key]) for key in reversed(value)}
        return value

    assert [each.props for each in declare(turned(BYNOMI)).registrations] == [
        each.props for each in declare(BYNOMI).registrations
    ]
