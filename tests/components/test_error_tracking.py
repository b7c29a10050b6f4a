"""ErrorTracking: what browsers report to, which monitors there are, and whom they tell."""

from typing import Any, cast

import pulumi
import pytest
from pulumi_upkeep import ErrorTracking

from tests.components.support import UNKNOWN, Recording, RecordingMonitor, deploy

MONITOR = "datadog:index/monitor:Monitor"
APPLICATION = "datadog:index/rumApplication:RumApplication"
BYNOMI: dict[str, Any] = {
    "environment": "prod",
    "runbooks": "https://internal.bynomi.com/docs/runbooks",
    "handles": {
        "p0": "@oncall-operations",
        "p1": "@slack-bynomi-incidents",
        "p2": "@webhook-github",
        "p3": "@webhook-github",
    },
    "owners": {"shop": "@slack-bynomi-alerts"},
    "timezone": "America/New_York",
    "front_end": {"site": {"datadog": "bynomi-site", "owner": "shop"}},
    "back_end": {
        "web": {"datadog": "bynomi-web", "owner": "shop"},
        "mailer": {"datadog": "bynomi-mailer"},
    },
    "owner": "operations",
    "new": {"severity": "p2"},
    "frequent": {"above": 50, "severity": "p1"},
    "routes": [
        {"type": ["Payment*", "Stripe*"], "owner": "shop", "severity": "p0"},
        {"type": ["Image*"], "service": ["site"], "owner": "shop", "severity": "p3"},
    ],
}


def declare(args: Any, preview: bool = False) -> Recording:
    def program() -> None:
        from pulumi_upkeep.datadog import Provider, ProviderArgs

        provider = Provider("datadog", ProviderArgs(api_key="a", app_key="b"))
        ErrorTracking("errors", args, pulumi.ResourceOptions(providers=[provider]))

    token = {APPLICATION: lambda name, inputs: {"clientToken": f"pub-{name}"}}
    return deploy(program, preview=preview, answers=token)


def refusal(args: Any) -> str:
    with pytest.raises(pulumi.RunError) as refused:
        declare(args)
    return str(refused.value)


def test_what_is_declared(preview: bool) -> None:
    recording = declare(BYNOMI, preview)
    routes = ("image-site", "payment-stripe", "rest-operations", "rest-shop")
    assert {(each.type, each.name) for each in recording.children()} == {
        (APPLICATION, "errors-site"),
        *((MONITOR, f"errors-{route}-{kind}") for route in routes for kind in ("frequent", "new")),
    }
    assert {(each.provider, each.parent) for each in recording.children()} == {
        ("datadog", "upkeep:index:ErrorTracking::errors")
    }


@pytest.mark.slow
def test_the_application_is_exactly_this(preview: bool) -> None:
    assert declare(BYNOMI, preview).one(APPLICATION).props == {
        "name": "bynomi-prod-errors-site",
        "type": "browser",
        "rumEventProcessingState": "ERROR_FOCUSED_MODE",
        "productAnalyticsRetentionState": "NONE",
    }
    everything = {"site": BYNOMI["front_end"]["site"] | {"keeps": "everything"}}
    application = declare(BYNOMI | {"front_end": everything}, preview).one(APPLICATION)
    assert application.props["rumEventProcessingState"] == "ALL"


def test_a_new_error_is_exactly_this(preview: bool) -> None:
    error = "{{issue.attributes.error.type}} in {{issue.attributes.error.file}}"
    assert declare(BYNOMI, preview).one(MONITOR, "errors-rest-operations-new").props == {
        "name": "bynomi-prod-errors-rest-operations-new",
        "type": "error-tracking alert",
        "query": (
            'error-tracking("env:prod service:bynomi-mailer -@error.type:Payment* '
            '-@error.type:Stripe*").source("backend").new().rollup("count").by("@issue.id")'
            '.last("1d") > 0'
        ),
        "message": (
            f"{{{{#is_alert}}}}P2: {error} is new, or back after it was resolved ({{{{value}}}} "
            "errors, limit {{threshold}} errors). "
            "Since {{local_time 'first_triggered_at' 'America/New_York'}}.{{/is_alert}}"
            f"{{{{#is_recovery}}}}Over: {error} is looked after, or was not seen for 1 day."
            "{{/is_recovery}} Owner: operations. "
            "Runbook: https://internal.bynomi.com/docs/runbooks/new-error "
            "Last deployment: https://app.datadoghq.com/apm/services/bynomi-mailer?env=prod "
            "@webhook-github"
        ),
        "priority": "3",
        "monitorThresholds": {"critical": "0"},
        # What has no errors is well.
        "onMissingData": "resolve",
        "requireFullWindow": False,
        "includeTags": True,
        "tags": [
            "env:prod",
            "project:bynomi",
            "service:bynomi-mailer",
            "severity:p2",
            "team:operations",
        ],
        "validate": False,
    }


def test_each_route_has_its_own_search_source_severity_and_team(preview: bool) -> None:
    told = {
        name: (
            each.props["query"].partition('("')[2].partition('")')[0],
            each.props["query"].partition('.source("')[2].partition('"')[0],
            each.props["priority"],
            each.props["tags"],
            each.props["message"].rpartition("frequent-error ")[2].split()[-2:],
        )
        for name, each in declare(BYNOMI, preview).of(MONITOR).items()
        if name.endswith("-frequent")
    }
    env = ["env:prod", "project:bynomi"]
    last = "https://app.datadoghq.com/apm/services/bynomi-mailer?env=prod"
    assert told == {
        "errors-payment-stripe-frequent": (
            "env:prod service:(bynomi-mailer OR bynomi-site OR bynomi-web) "
            "@error.type:(Payment* OR Stripe*)",
            "all",
            "1",
            [*env, "severity:p0", "team:shop"],
            ["@oncall-operations", "@slack-bynomi-alerts"],
        ),
        "errors-image-site-frequent": (
            "env:prod service:bynomi-site @error.type:Image*",
            "browser",
            "4",
            [*env, "severity:p3", "team:shop"],
            ["@slack-bynomi-alerts", "@webhook-github"],
        ),
        "errors-rest-operations-frequent": (
            "env:prod service:bynomi-mailer -@error.type:Payment* -@error.type:Stripe*",
            "backend",
            "2",
            [*env, "service:bynomi-mailer", "severity:p1", "team:operations"],
            [last, "@slack-bynomi-incidents"],
        ),
        "errors-rest-shop-frequent": (
            "env:prod ((service:bynomi-site -@error.type:Image* -@error.type:Payment* "
            "-@error.type:Stripe*) OR (service:bynomi-web -@error.type:Payment* "
            "-@error.type:Stripe*))",
            "all",
            "2",
            [*env, "severity:p1", "team:shop"],
            ["@slack-bynomi-alerts", "@slack-bynomi-incidents"],
        ),
    }


def test_frequency_and_patience_are_the_plans() -> None:
    monitors = declare(
        BYNOMI
        | {
            "new": {"severity": "p2", "at_least": 3, "within": "6 hours"},
            "frequent": {"above": 7, "within": "90 minutes", "severity": "p1"},
        }
    ).of(MONITOR)
    new = monitors["errors-rest-shop-new"].props
    assert new["query"].endswith('.new().rollup("count").by("@issue.id").last("6h") > 2')
    assert "back after it was resolved, 3 times at least (" in new["message"]
    frequent = monitors["errors-rest-shop-frequent"].props
    assert frequent["query"].endswith('.impact().rollup("count").by("@issue.id").last("90m") > 7')
    assert "occurs more than 7 times within 90 minutes (" in frequent["message"]


def test_no_message_tells_what_a_visitor_may_have_typed() -> None:
    for each in declare(BYNOMI).of(MONITOR).values():
        assert "error.message" not in each.props["message"]
        assert "error.stack" not in each.props["message"]


def test_one_kind_alone_and_nobodys_errors() -> None:
    args = {
        key: value for key, value in BYNOMI.items() if key not in ("new", "routes", "owner", "site")
    }
    monitors = declare(args | {"front_end": {}, "back_end": {"api": {"datadog": "api"}}})
    assert sorted(monitors.of(MONITOR)) == ["errors-rest-frequent"]
    only = monitors.one(MONITOR).props
    assert "Owner:" not in only["message"]
    assert only["tags"] == ["env:prod", "project:bynomi", "service:api", "severity:p1"]


def test_nothing_is_left_over_where_routes_take_everything() -> None:
    routes = [{"service": ["site", "web", "mailer"], "owner": "shop", "name": "ours"}]
    assert sorted(declare(BYNOMI | {"routes": routes}).of(MONITOR)) == [
        "errors-ours-frequent",
        "errors-ours-new",
    ]


def test_outputs(preview: bool) -> None:
    outputs = declare(BYNOMI, preview).outputs_of("errors")
    assert sorted(outputs) == ["applications", "client_tokens", "monitors", "snippets"]
    if preview:
        assert set(outputs.values()) == {UNKNOWN}
        return
    assert outputs["applications"] == {"site": "errors-site-id"}
    assert outputs["client_tokens"] == {"site": "pub-errors-site"}
    assert outputs["snippets"] == {
        "site": (
            '<script src="https://www.datadoghq-browser-agent.com/us1/v6/datadog-rum.js"></script>'
            "\n<script>\n  window.DD_RUM && window.DD_RUM.init({\n"
            '    applicationId: "errors-site-id",\n'
            '    clientToken: "pub-errors-site",\n'
            '    site: "datadoghq.com",\n'
            '    service: "bynomi-site",\n'
            '    env: "prod",\n'
            "    sessionSampleRate: 100,\n"
            "    sessionReplaySampleRate: 0,\n"
            "    trackUserInteractions: false,\n"
            '    defaultPrivacyLevel: "mask-user-input",\n'
            "    version: document.querySelector('meta[name=\"version\"]')?.content,\n"
            "  });\n</script>\n"
        )
    }


def test_tokens_and_snippets_are_secret_and_nothing_else(
    preview: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: dict[str, bool] = {}
    kept: dict[str, list[str]] = {}
    register = RecordingMonitor.RegisterResource

    def seen(self: RecordingMonitor, request: Any) -> Any:
        if request.additionalSecretOutputs and not request.type.startswith("pulumi:"):
            kept[request.name] = [*request.additionalSecretOutputs]
        return register(self, request)

    async def ask(name: str, output: pulumi.Output[Any]) -> None:
        found[name] = await output.is_secret()

    def program() -> None:
        errors = ErrorTracking("errors", cast(Any, BYNOMI))
        for name in ("applications", "client_tokens", "monitors", "snippets"):
            cast(Any, pulumi.Output).from_input(ask(name, getattr(errors, name)))

    monkeypatch.setattr(RecordingMonitor, "RegisterResource", seen)
    deploy(program, preview=preview)
    assert kept == {"errors-site": ["clientToken"]}
    assert found == {
        "applications": False,
        "client_tokens": True,
        "monitors": False,
        "snippets": True,
    }


def test_bad_arguments_are_refused() -> None:
    assert refusal(
        BYNOMI
        | {
            "site": "datadoghq.de",
            "front_end": {"web": {"datadog": "bynomi-web"}},
            "routes": [{"type": ["A*"], "service": ["wbe"], "owner": "shop"}],
        }
    ).splitlines() == [
        "ErrorTracking 'errors': 4 faults",
        "  back_end.web: `front_end` has one of that name; name it anew",
        "  back_end.web.datadog = bynomi-web: `front_end.web` is called so too, and their errors "
        "could not be told apart; leave one of them out",
        "  routes.0.service.0 = wbe: no such service in `front_end` or `back_end`; did you mean "
        "`web`?",
        "  site = datadoghq.de: not a site of Datadog that browsers can send to; did you mean "
        "`datadoghq.eu`?",
    ]
    assert refusal(
        {k: v for k, v in BYNOMI.items() if k not in ("front_end", "back_end", "routes")}
    ) == (
        "ErrorTracking 'errors': 1 fault\n"
        "  back_end: nothing reports an error; name a service or a site"
    )


def test_names_do_not_depend_on_order() -> None:
    turned = BYNOMI | {"back_end": dict(reversed(BYNOMI["back_end"].items()))}
    assert declare(turned).registrations == declare(BYNOMI).registrations
