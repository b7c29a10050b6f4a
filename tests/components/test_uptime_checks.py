"""UptimeChecks: what Datadog asks, how often, from where, and whom it tells."""

from typing import Any

import pulumi
import pytest
from pulumi_upkeep import UptimeChecks

from tests.components.support import Recording, deploy

TEST = "datadog:index/syntheticsTest:SyntheticsTest"
BYNOMI: dict[str, Any] = {
    "runbooks": "https://internal.bynomi.com/docs/runbooks",
    "handles": {"p0": "@devops@bynomi.com @sns-phones", "p1": "@a", "p2": "@b", "p3": "@c"},
    "locations": ["aws:us-west-2", "aws:us-east-1", "aws:eu-central-1"],
    "severity": "p0",
    "within": "1000 ms",
    "checks": {
        "homepage": {"url": "https://www.bynomi.com/", "body_contains": "Bynomi"},
        "product-pages": {"url": "https://www.bynomi.com/products"},
        "cart": {"url": "https://www.bynomi.com/cart"},
        "checkout": {"url": "https://www.bynomi.com/checkout"},
        "api-health": {
            "url": "https://www.bynomi.com/api/health",
            "body_contains": '"status":"ok"',
        },
    },
}


def declare(args: Any, preview: bool = False) -> Recording:
    def program() -> None:
        from pulumi_upkeep.datadog import Provider, ProviderArgs

        provider = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
        UptimeChecks("uptime", args, pulumi.ResourceOptions(providers=[provider]))

    numbered = {TEST: lambda name, inputs: {"monitorId": len(name)}}
    return deploy(program, preview=preview, answers=numbered)


def refusal(args: Any) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        declare(args)
    return str(refused.value)


def test_asks_every_address_and_every_certificate(preview: bool) -> None:
    recording = declare(BYNOMI, preview)

    assert {
        name: (
            each.props["subtype"],
            each.props["optionsList"]["tickEvery"],
            each.provider,
            each.parent,
        )
        for name, each in recording.of(TEST).items()
    } == {
        f"uptime-{check}": (subtype, seconds, "datadog", "upkeep:index:UptimeChecks::uptime")
        for check, subtype, seconds in [
            ("homepage", "http", 60),
            ("product-pages", "http", 60),
            ("cart", "http", 60),
            ("checkout", "http", 60),
            ("api-health", "http", 60),
            ("certificate-www.bynomi.com", "ssl", 3600),
        ]
    }


def test_a_check_is_exactly_this(preview: bool) -> None:
    assert declare(BYNOMI, preview).one(TEST, "uptime-homepage").props == {
        "name": "bynomi-prod-uptime-homepage",
        "type": "api",
        "subtype": "http",
        "status": "live",
        "locations": ["aws:eu-central-1", "aws:us-east-1", "aws:us-west-2"],
        "tags": ["check:homepage", "env:prod", "project:bynomi", "severity:p0"],
        "requestDefinition": {"method": "GET", "url": "https://www.bynomi.com/"},
        "assertions": [
            {"type": "statusCode", "operator": "is", "target": "200"},
            {"type": "responseTime", "operator": "lessThan", "target": "1000"},
            {"type": "body", "operator": "contains", "target": "Bynomi"},
        ],
        "message": (
            "{{#is_alert}}P0: homepage does not answer as promised: status 200 within 1 second, "
            "with the text it should hold, asked at https://www.bynomi.com/.{{/is_alert}}"
            "{{#is_recovery}}Over: homepage answers again.{{/is_recovery}} "
            "Runbook: https://internal.bynomi.com/docs/runbooks/uptime-homepage "
            "@devops@bynomi.com @sns-phones"
        ),
        "optionsList": {
            "tickEvery": 60,
            "followRedirects": True,
            "minLocationFailed": 2,
            "retry": {"count": 2, "interval": 1000},
            "monitorName": "bynomi-prod-uptime-homepage",
            "monitorOptions": {"renotifyInterval": 60},
            "monitorPriority": 1,
        },
    }


def test_a_certificate_is_watched_by_days() -> None:
    props = declare(BYNOMI).one(TEST, "uptime-certificate-www.bynomi.com").props

    assert props["requestDefinition"] == {"host": "www.bynomi.com", "port": "443"}
    assert props["assertions"] == [
        {"type": "certificate", "operator": "isInMoreThan", "target": "14"}
    ]
    assert "followRedirects" not in props["optionsList"]


def test_a_check_may_differ_from_the_others() -> None:
    own = {
        "status": {
            "url": "https://status.bynomi.com:8443/",
            "status": 204,
            "within": "2 seconds",
            "severity": "p3",
        }
    }
    recording = declare(
        BYNOMI
        | {
            "checks": BYNOMI["checks"] | own,
            "every": "5 minutes",
            "certificate_expires_in": "30 days",
            "retries": 1,
            "retry_after": "5 seconds",
            "failed_from": 3,
            "remind_every": "10 minutes",
            "tags": ["team:shop"],
        }
    )

    props = recording.one(TEST, "uptime-status").props
    assert props["assertions"] == [
        {"type": "statusCode", "operator": "is", "target": "204"},
        {"type": "responseTime", "operator": "lessThan", "target": "2000"},
    ]
    assert props["tags"] == [
        "check:status",
        "env:prod",
        "project:bynomi",
        "severity:p3",
        "team:shop",
    ]
    assert props["message"].endswith(" @c")
    assert props["optionsList"] == {
        "tickEvery": 300,
        "followRedirects": True,
        "minLocationFailed": 3,
        "retry": {"count": 1, "interval": 5000},
        "monitorName": "bynomi-prod-uptime-status",
        "monitorOptions": {"renotifyInterval": 10},
        "monitorPriority": 4,
    }
    certificate = recording.one(TEST, "uptime-certificate-status.bynomi.com:8443").props
    assert certificate["requestDefinition"] == {"host": "status.bynomi.com", "port": "8443"}
    assert certificate["optionsList"]["monitorPriority"] == 4


def test_a_certificate_is_as_grave_as_the_gravest_check_of_its_host() -> None:
    checks = {
        "a": {"url": "https://x.example/a", "severity": "p2"},
        "b": {"url": "https://x.example/b"},
    }
    recording = declare(BYNOMI | {"severity": "p1", "checks": checks})

    assert "severity:p1" in recording.one(TEST, "uptime-certificate-x.example").props["tags"]


def test_plain_http_has_no_certificate() -> None:
    recording = declare(BYNOMI | {"checks": {"old": {"url": "http://old.example/"}}})

    assert list(recording.of(TEST)) == ["uptime-old"]


def test_gives_tests_and_monitors_by_check() -> None:
    outputs = declare(BYNOMI | {"checks": {"old": {"url": "http://old.example/"}}}).outputs_of(
        "uptime"
    )

    assert outputs == {
        "tests": {"old": "uptime-old-id"},
        "monitors": {"old": 10},
        "private_locations": {},
    }


def test_handles_may_be_outputs(preview: bool) -> None:
    def program() -> None:
        handles = {key: pulumi.Output.from_input(value) for key, value in BYNOMI["handles"].items()}
        args: Any = BYNOMI | {"handles": handles}
        UptimeChecks("uptime", args)

    props = deploy(program, preview=preview).one(TEST, "uptime-cart").props
    assert props["message"].endswith("/uptime-cart @devops@bynomi.com @sns-phones")


def test_names_all_faults_at_once() -> None:
    args = BYNOMI | {
        "locations": ["aws:us-east-1", "aws:us-west-2"],
        "every": "10 seconds",
        "remind_every": "25 minutes",
        "checks": {
            "homepage": {"url": "www.bynomi.com"},
            "cart": {"url": "https://x.example/", "body": "x"},
        },
    }
    message = refusal(args)

    assert message.startswith("UptimeChecks 'uptime': 5 faults\n")
    assert [
        line.strip().partition(":")[0].partition(" ")[0] for line in message.split("\n")[1:]
    ] == [
        "checks.cart.body",
        "checks.homepage.url",
        "every",
        "locations",
        "remind_every",
    ]


def test_refuses_a_name_that_certificates_have() -> None:
    args = BYNOMI | {"checks": {"certificate-cart": {"url": "https://x.example/"}}}

    assert refusal(args) == (
        "UptimeChecks 'uptime': 1 fault\n"
        "  checks.certificate-cart: names that begin with `certificate-` are those of other tests; "
        "such as `cart`"
    )
