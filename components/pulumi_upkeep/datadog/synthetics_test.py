"""Synthetic tests: requests that Datadog sends from outside, each with a monitor of its own.

API tests (http, ssl, multi, tcp, dns, icmp) and browser tests are covered; mobile ones are not in
use.
"""

from collections.abc import Mapping, Sequence

import pulumi

from ..thin import Resource, arguments


@arguments
class SyntheticsTestAssertionTargetjsonpathArgs:
    """What a JSON path of the body must hold; goes with the operator ``validatesJSONPath``."""

    jsonpath: pulumi.Input[str]
    operator: pulumi.Input[str]
    elementsoperator: pulumi.Input[str | None] = None
    """Which of several matches must hold: ``firstElementMatches`` (default),
    ``everyElementMatches``, ``atLeastOneElementMatches`` or ``serializationMatches``."""
    targetvalue: pulumi.Input[str | None] = None


@arguments
class SyntheticsTestAssertionTargetxpathArgs:
    """What an XPath of the body must hold; goes with the operator ``validatesXPath``."""

    operator: pulumi.Input[str]
    xpath: pulumi.Input[str]
    targetvalue: pulumi.Input[str | None] = None


@arguments
class SyntheticsTestAssertionArgs:
    """One condition of a test, e.g. ``type="statusCode", operator="is", target="200"``."""

    type: pulumi.Input[str]
    operator: pulumi.Input[str | None] = None
    property: pulumi.Input[str | None] = None
    """Header or certificate property to look at."""
    target: pulumi.Input[str | None] = None
    """Always a string: milliseconds for ``responseTime``, days for ``certificate``."""
    targetjsonpath: pulumi.Input[SyntheticsTestAssertionTargetjsonpathArgs | None] = None
    targetxpath: pulumi.Input[SyntheticsTestAssertionTargetxpathArgs | None] = None
    timings_scope: pulumi.Input[str | None] = None
    """``all`` or ``withoutDNS``; for ``responseTime`` alone."""


@arguments
class SyntheticsTestRequestBasicauthArgs:
    """HTTP basic or digest authentication."""

    username: pulumi.Input[str | None] = None
    password: pulumi.Input[str | None] = None
    type: pulumi.Input[str | None] = None
    """``web`` (default) or ``digest``; other kinds are not in use."""


@arguments
class SyntheticsTestRequestDefinitionArgs:
    """What is sent: method and URL for http, host and port for ssl and tcp."""

    body: pulumi.Input[str | None] = None
    body_type: pulumi.Input[str | None] = None
    certificate_domains: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    dns_server: pulumi.Input[str | None] = None
    dns_server_port: pulumi.Input[str | None] = None
    form: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    host: pulumi.Input[str | None] = None
    message: pulumi.Input[str | None] = None
    method: pulumi.Input[str | None] = None
    no_saving_response_body: pulumi.Input[bool | None] = None
    number_of_packets: pulumi.Input[int | None] = None
    persist_cookies: pulumi.Input[bool | None] = None
    port: pulumi.Input[str | None] = None
    """A string, because it may name a variable."""
    servername: pulumi.Input[str | None] = None
    """Name asked for in the TLS handshake, where it differs from the host."""
    should_track_hops: pulumi.Input[bool | None] = None
    timeout: pulumi.Input[int | None] = None
    """Seconds; default 60."""
    url: pulumi.Input[str | None] = None


@arguments
class SyntheticsTestApiStepRequestDefinitionArgs:
    """What a step of a multistep test sends."""

    allow_insecure: pulumi.Input[bool | None] = None
    body: pulumi.Input[str | None] = None
    body_type: pulumi.Input[str | None] = None
    check_certificate_revocation: pulumi.Input[bool | None] = None
    follow_redirects: pulumi.Input[bool | None] = None
    form: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    host: pulumi.Input[str | None] = None
    http_version: pulumi.Input[str | None] = None
    method: pulumi.Input[str | None] = None
    no_saving_response_body: pulumi.Input[bool | None] = None
    persist_cookies: pulumi.Input[bool | None] = None
    port: pulumi.Input[str | None] = None
    servername: pulumi.Input[str | None] = None
    timeout: pulumi.Input[int | None] = None
    """Seconds; default 60."""
    url: pulumi.Input[str | None] = None


@arguments
class SyntheticsTestApiStepExtractedValueParserArgs:
    """How a value is cut out of an answer: ``json_path``, ``x_path``, ``regex`` or ``raw``."""

    type: pulumi.Input[str]
    value: pulumi.Input[str | None] = None


@arguments
class SyntheticsTestApiStepExtractedValueArgs:
    """A value of an answer that later steps use as ``{{ NAME }}``."""

    name: pulumi.Input[str]
    parser: pulumi.Input[SyntheticsTestApiStepExtractedValueParserArgs]
    type: pulumi.Input[str]
    """``http_body``, ``http_header``, ``http_status_code`` or ``local_variable``."""
    field: pulumi.Input[str | None] = None
    secure: pulumi.Input[bool | None] = None


@arguments
class SyntheticsTestApiStepRetryArgs:
    """Repeats of one step before it counts as failed."""

    count: pulumi.Input[int | None] = None
    """Default 0."""
    interval: pulumi.Input[int | None] = None
    """Milliseconds between two tries; default 300."""


@arguments
class SyntheticsTestApiStepArgs:
    """One request of a test of subtype ``multi``."""

    name: pulumi.Input[str]
    allow_failure: pulumi.Input[bool | None] = None
    """Go on when the step fails."""
    assertions: pulumi.Input[Sequence[pulumi.Input[SyntheticsTestAssertionArgs]] | None] = None
    exit_if_succeed: pulumi.Input[bool | None] = None
    extracted_values: pulumi.Input[
        Sequence[pulumi.Input[SyntheticsTestApiStepExtractedValueArgs]] | None
    ] = None
    is_critical: pulumi.Input[bool | None] = None
    """With ``allow_failure``: whether the step still fails the test at the end."""
    request_basicauth: pulumi.Input[SyntheticsTestRequestBasicauthArgs | None] = None
    request_definition: pulumi.Input[SyntheticsTestApiStepRequestDefinitionArgs | None] = None
    request_headers: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    request_query: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    retry: pulumi.Input[SyntheticsTestApiStepRetryArgs | None] = None
    subtype: pulumi.Input[str | None] = None
    """Default ``http``; ``wait`` pauses for ``value`` seconds."""
    value: pulumi.Input[int | None] = None


@arguments
class SyntheticsTestConfigVariableArgs:
    """A variable that request and assertions may use as ``{{ NAME }}``."""

    name: pulumi.Input[str]
    type: pulumi.Input[str]
    """``text``, ``global`` or ``email``."""
    example: pulumi.Input[str | None] = None
    id: pulumi.Input[str | None] = None
    """Id of the global variable, for ``type="global"``."""
    pattern: pulumi.Input[str | None] = None
    secure: pulumi.Input[bool | None] = None


@arguments
class SyntheticsTestBrowserStepParamsElementUserLocatorValueArgs:
    """How an element is found."""

    value: pulumi.Input[str]
    type: pulumi.Input[str | None] = None
    """``css`` (default) or ``xpath``."""


@arguments
class SyntheticsTestBrowserStepParamsElementUserLocatorArgs:
    """An element, named by us instead of by Datadog's recorder."""

    value: pulumi.Input[SyntheticsTestBrowserStepParamsElementUserLocatorValueArgs]
    fail_test_on_cannot_locate: pulumi.Input[bool | None] = None
    """Default false: Datadog then tries to guess another one."""


@arguments
class SyntheticsTestBrowserStepParamsArgs:
    """What a step of a browser test does it with."""

    check: pulumi.Input[str | None] = None
    """Of assertions: ``contains``, ``equals``, ``matchRegex``, ..."""
    element_user_locator: pulumi.Input[
        SyntheticsTestBrowserStepParamsElementUserLocatorArgs | None
    ] = None
    value: pulumi.Input[str | None] = None


@arguments
class SyntheticsTestBrowserStepArgs:
    """One thing that a browser test does or looks at."""

    name: pulumi.Input[str]
    params: pulumi.Input[SyntheticsTestBrowserStepParamsArgs]
    type: pulumi.Input[str]
    """``goToUrl``, ``click``, ``typeText``, ``assertPageContains``, ..."""


@arguments
class SyntheticsTestBrowserVariableArgs:
    """A variable that steps may use as ``{{ NAME }}``."""

    name: pulumi.Input[str]
    type: pulumi.Input[str]
    """``text``, ``global``, ``email`` or ``element``."""
    id: pulumi.Input[str | None] = None
    """Id of the global variable, for ``type="global"``."""


@arguments
class SyntheticsTestOptionsListRetryArgs:
    """Repeats of a failed run before it counts."""

    count: pulumi.Input[int | None] = None
    """Default 0."""
    interval: pulumi.Input[int | None] = None
    """Milliseconds between two tries; default 300."""


@arguments
class SyntheticsTestOptionsListMonitorOptionsArgs:
    """How the test's own monitor repeats itself."""

    escalation_message: pulumi.Input[str | None] = None
    """Sent with a repetition instead of the message."""
    notification_preset_name: pulumi.Input[str | None] = None
    renotify_interval: pulumi.Input[int | None] = None
    """Minutes; one of 0, 10-60 by tens, 90, 120, 180, 240, 300, 360, 720, 1440."""
    renotify_occurrences: pulumi.Input[int | None] = None
    """How often at most; needs an interval above 0."""


@arguments
class SyntheticsTestOptionsListSchedulingTimeframeArgs:
    """Hours of one weekday in which the test runs."""

    day: pulumi.Input[int]
    """1 (Monday) to 7."""
    from_: pulumi.Input[str]
    """``HH:MM``."""
    to: pulumi.Input[str]
    """``HH:MM``."""


@arguments
class SyntheticsTestOptionsListSchedulingArgs:
    """When the test runs, if not always."""

    timeframes: pulumi.Input[
        Sequence[pulumi.Input[SyntheticsTestOptionsListSchedulingTimeframeArgs]]
    ]
    timezone: pulumi.Input[str]


@arguments
class SyntheticsTestOptionsListArgs:
    """How often, how patiently, and how loudly a test runs."""

    tick_every: pulumi.Input[int]
    """Seconds between two runs: 30 to 604800 of API tests, 60 to 604800 of browser tests."""
    accept_self_signed: pulumi.Input[bool | None] = None
    allow_insecure: pulumi.Input[bool | None] = None
    check_certificate_revocation: pulumi.Input[bool | None] = None
    follow_redirects: pulumi.Input[bool | None] = None
    http_version: pulumi.Input[str | None] = None
    """``http1``, ``http2`` or ``any`` (default)."""
    ignore_server_certificate_error: pulumi.Input[bool | None] = None
    min_failure_duration: pulumi.Input[int | None] = None
    """Seconds of failure before the monitor alerts; default 0."""
    min_location_failed: pulumi.Input[int | None] = None
    """Locations that must fail together; default 1."""
    monitor_name: pulumi.Input[str | None] = None
    monitor_options: pulumi.Input[SyntheticsTestOptionsListMonitorOptionsArgs | None] = None
    monitor_priority: pulumi.Input[int | None] = None
    """1 (highest) to 5. A number here, a string on a monitor."""
    retry: pulumi.Input[SyntheticsTestOptionsListRetryArgs | None] = None
    scheduling: pulumi.Input[SyntheticsTestOptionsListSchedulingArgs | None] = None


@arguments
class SyntheticsTestArgs:
    """A synthetic test."""

    locations: pulumi.Input[Sequence[pulumi.Input[str]]]
    """At least one, such as ``aws:us-east-1``."""
    name: pulumi.Input[str]
    status: pulumi.Input[str]
    """``live`` or ``paused``."""
    type: pulumi.Input[str]
    """``api`` or ``browser``. Datadog has no way to change it: a browser test is another test."""
    api_steps: pulumi.Input[Sequence[pulumi.Input[SyntheticsTestApiStepArgs]] | None] = None
    assertions: pulumi.Input[Sequence[pulumi.Input[SyntheticsTestAssertionArgs]] | None] = None
    browser_steps: pulumi.Input[Sequence[pulumi.Input[SyntheticsTestBrowserStepArgs]] | None] = None
    browser_variables: pulumi.Input[
        Sequence[pulumi.Input[SyntheticsTestBrowserVariableArgs]] | None
    ] = None
    config_variables: pulumi.Input[
        Sequence[pulumi.Input[SyntheticsTestConfigVariableArgs]] | None
    ] = None
    device_ids: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None
    """Of a browser test: ``chrome.laptop_large``, ..."""
    force_delete_dependencies: pulumi.Input[bool | None] = None
    """Delete the test although objectives or composite monitors refer to it."""
    message: pulumi.Input[str | None] = None
    """Text of the alert, with its ``@`` handles; default empty."""
    options_list: pulumi.Input[SyntheticsTestOptionsListArgs | None] = None
    request_basicauth: pulumi.Input[SyntheticsTestRequestBasicauthArgs | None] = None
    request_definition: pulumi.Input[SyntheticsTestRequestDefinitionArgs | None] = None
    request_headers: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    request_query: pulumi.Input[Mapping[str, pulumi.Input[str]] | None] = None
    subtype: pulumi.Input[str | None] = None
    """``http`` (default), ``ssl``, ``multi``, ``tcp``, ``dns`` or ``icmp``."""
    tags: pulumi.Input[Sequence[pulumi.Input[str]] | None] = None


class SyntheticsTest(
    Resource[SyntheticsTestArgs], token="datadog:index/syntheticsTest:SyntheticsTest"
):
    """A synthetic test. Its id is Datadog's public id, such as ``abc-def-ghi``."""

    locations: pulumi.Output[Sequence[str]]
    message: pulumi.Output[str | None]
    monitor_id: pulumi.Output[int]
    """The monitor that Datadog makes with the test."""
    name: pulumi.Output[str]
    status: pulumi.Output[str]
    subtype: pulumi.Output[str | None]
    tags: pulumi.Output[Sequence[str] | None]
    type: pulumi.Output[str]
