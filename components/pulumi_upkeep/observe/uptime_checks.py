"""UptimeChecks: what customers reach, asked from outside by Datadog."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from ..component import UpkeepComponent
from .handles import DatadogHandles
from .uptime.browsers import browser_test
from .uptime.certificates import certificate_test
from .uptime.checks import check_test
from .uptime.dns import dns_test
from .uptime.journeys import journey_test
from .uptime.places import private_locations, variables
from .uptime.settings import Settings, settings_faults
from .uptime.synthetic import Surroundings


class UptimeCheckArgs(TypedDict):
    """One address that is asked."""

    url: str
    """With its scheme: ``https://www.example.com/``."""
    body_contains: NotRequired[str]
    """Text that the answer must contain. Default: the body is not read."""
    status: NotRequired[int]
    """Status that the answer must have. Default: 200."""
    within: NotRequired[str]
    """Response time that it must keep. Default: that of all checks."""
    severity: NotRequired[str]
    """``p0`` to ``p3``. Default: that of all checks."""
    locations: NotRequired[list[str]]
    """Where it is asked from. Default: those of all checks."""


class SecretNameArgs(TypedDict):
    """A secret by its name."""

    secret: str
    """A key of ``secret_values``."""


class TakenValueArgs(TypedDict):
    """A value of an answer, by one of three."""

    json: NotRequired[str]
    """JSON path in the body: ``$.cart.id``."""
    header: NotRequired[str]
    """Name of the header."""
    pattern: NotRequired[str]
    """Regular expression in the body."""
    secret: NotRequired[bool]
    """Whether Datadog shows it to nobody. Default: true."""


class JourneyStepArgs(TypedDict):
    """One request, and what must be true of its answer."""

    name: str
    """What the customer does."""
    url: str
    """With its scheme; may name variables: ``{{ CART }}``."""
    method: NotRequired[str]
    """Default: ``GET``."""
    headers: NotRequired[dict[str, str]]
    """What is sent besides. Default: none."""
    body: NotRequired[str]
    """What is sent. Default: nothing."""
    status: NotRequired[int]
    """Status that the answer must have. Default: 200."""
    within: NotRequired[str]
    """Response time that it must keep. Default: that of all checks."""
    body_contains: NotRequired[str]
    """Text that the answer must contain. Default: the body is not read."""
    json: NotRequired[dict[str, str]]
    """JSON path of the body -> the value it must have. Default: none."""
    take: NotRequired[dict[str, TakenValueArgs]]
    """Variable -> where in the answer it is. Default: nothing is taken."""


class JourneyArgs(TypedDict):
    """Several requests in a row."""

    steps: list[JourneyStepArgs]
    """At least two, in order."""
    every: NotRequired[str]
    """30 seconds to a week. Default: ``5 minutes``."""
    severity: NotRequired[str]
    """``p0`` to ``p3``. Default: that of all checks."""
    locations: NotRequired[list[str]]
    """Where it is asked from. Default: those of all checks."""
    secrets: NotRequired[dict[str, SecretNameArgs]]
    """Variable -> the secret that it holds. Default: none."""


class TypedTextArgs(TypedDict):
    """Text that is typed."""

    into: str
    """CSS selector of the field."""
    text: str
    """May name variables."""


class BrowserStepArgs(TypedDict):
    """One thing that is done, or looked at: exactly one of these."""

    click: NotRequired[str]
    """CSS selector."""
    type: NotRequired[TypedTextArgs]
    """Text, and the field it is typed into."""
    go_to: NotRequired[str]
    """An address."""
    see: NotRequired[str]
    """Text that the page must show."""
    see_element: NotRequired[str]
    """CSS selector of what the page must have."""
    address_contains: NotRequired[str]
    """Text that the page's address must contain."""


class BrowserTestArgs(TypedDict):
    """A page that is used in a browser."""

    url: str
    """Where it begins."""
    because: str
    """What a browser sees and requests do not: why it pays."""
    steps: list[BrowserStepArgs]
    """At least one that looks at something."""
    every: NotRequired[str]
    """5 minutes to a week. Default: ``15 minutes``."""
    devices: NotRequired[list[str]]
    """Default: ``chrome.laptop_large``."""
    severity: NotRequired[str]
    """``p0`` to ``p3``. Default: that of all checks."""
    locations: NotRequired[list[str]]
    """Where it is opened. Default: those of all checks."""
    secrets: NotRequired[dict[str, SecretNameArgs]]
    """Variable -> the secret that it holds. Default: none."""


class DnsCheckArgs(TypedDict):
    """A name that must be answered."""

    name: str
    """``www.example.com``."""
    record: NotRequired[str]
    """Kind of record that must be there. Default: ``A``."""
    answers: NotRequired[list[str]]
    """Values that must be among the records. Default: any will do."""
    every: NotRequired[str]
    """30 seconds to a week. Default: ``5 minutes``."""
    within: NotRequired[str]
    """Until it is answered. Default: ``500 ms``."""
    severity: NotRequired[str]
    """``p0`` to ``p3``. Default: that of all checks."""
    locations: NotRequired[list[str]]
    """Where it is asked from. Default: those of all checks."""


class PrivateLocationArgs(TypedDict):
    """A place of one's own to ask from."""

    means: str
    """Where it stands."""
    worker: str
    """What runs Datadog's worker there: without one nothing is asked."""


class CheckedServiceArgs(TypedDict):
    """What a test speaks for."""

    service: NotRequired[str]
    """Datadog's name of the service. Default: none."""
    owner: NotRequired[str]
    """The team that hears of it, too: a key of ``owners``. Default: none."""


class UptimeChecksArgs(TypedDict):
    """Arguments of UptimeChecks."""

    checks: dict[str, UptimeCheckArgs]
    """The addresses, by name."""
    locations: list[str]
    """Datadog's locations to ask from, at least three: ``aws:us-east-1``."""
    severity: str
    """Who hears of a failure: ``p0`` to ``p3``."""
    within: str
    """Response time that an answer must keep, such as ``1000 ms``."""
    runbooks: str
    """The address below which each check has its page."""
    handles: DatadogHandles
    """Whom Datadog tells, as AlertRoutes gives it."""
    every: NotRequired[str]
    """How often, 30 seconds to a week. Default: ``1 minute``."""
    certificate_expires_in: NotRequired[str]
    """Alert so long before a certificate ends, whole days. Default: ``14 days``."""
    retries: NotRequired[int]
    """Repeats before a location counts as failed, 0 to 3. Default: 2."""
    retry_after: NotRequired[str]
    """The wait before a repeat, at most 5 seconds. Default: ``1 second``."""
    failed_from: NotRequired[int]
    """Locations that must fail together before anybody is told. Default: 2."""
    remind_every: NotRequired[str]
    """How often it is said again while it lasts, 10 minutes to a day. Default: ``1 hour``."""
    journeys: NotRequired[dict[str, JourneyArgs]]
    """Several requests in a row, by name. Default: none."""
    browsers: NotRequired[dict[str, BrowserTestArgs]]
    """Pages that are used in a browser, by name. Default: none."""
    browser_runs_at_most: NotRequired[int]
    """Runs a month of all of these together. Default: 10000."""
    dns: NotRequired[dict[str, DnsCheckArgs]]
    """Names that must be answered, by name. Default: none."""
    private_locations: NotRequired[dict[str, PrivateLocationArgs]]
    """Places of one's own, by name; ``locations`` name them ``pl:<name>``. Default: none."""
    secret_values: NotRequired[dict[str, pulumi.Input[str]]]
    """The secrets that tests name, by name. Default: none."""
    serves: NotRequired[dict[str, CheckedServiceArgs]]
    """What a test speaks for, by the test: ``homepage``, ``journey-buy``. Default: nothing."""
    environment: NotRequired[str]
    """Tag ``env``. Default: the stack's name."""
    timezone: NotRequired[str]
    """In which messages say since when. Default: they do not."""
    dashboard: NotRequired[pulumi.Input[str]]
    """Address of the dashboard. Default: messages name none."""
    owners: NotRequired[dict[str, pulumi.Input[str]]]
    """Team -> the handles by which it hears of what it owns. Default: none."""
    tags: NotRequired[list[str]]
    """Tags of every test besides its own, such as ``team:shop``. Default: none."""


class UptimeChecks(UpkeepComponent):
    """What customers reach, asked from outside by Datadog's synthetic tests.

    One test per address: status, response time and body. One test per host whose addresses are
    https: days until its certificate ends, once an hour. One per journey, browser test and name. A
    failure is repeated before it counts and must be seen from several places before anybody is
    told. A private location asks nothing until its worker runs: start it with its configuration.
    """

    tests: pulumi.Output[Mapping[str, str]]
    """Name of each test -> its public id; certificates are ``certificate-<host>``, others begin
    with ``journey-``, ``browser-`` or ``dns-``."""
    monitors: pulumi.Output[Mapping[str, int]]
    """Name of each test -> id of the monitor that Datadog made with it."""
    private_locations: pulumi.Output[Mapping[str, str]]
    """Name of each private location -> what its worker is started with: secret, JSON."""

    def __init__(
        self, name: str, args: UptimeChecksArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__(name, opts)
        settings = self.settings(Settings, args)
        self.refuse(settings_faults(settings))
        private = private_locations(self, settings)
        around = Surroundings(self, settings, private, variables(self, settings))
        wanted = [
            *(check_test(settings, check) for check in sorted(settings.checks)),
            *(certificate_test(settings, *each) for each in settings.hosts().items()),
            *(journey_test(around, journey) for journey in sorted(settings.journeys)),
            *(browser_test(around, test) for test in sorted(settings.browsers)),
            *(dns_test(settings, check) for check in sorted(settings.dns)),
        ]
        tests = {test.part: around.declare(test) for test in wanted}
        ids: dict[str, Any] = {part: test.id for part, test in tests.items()}
        monitors: dict[str, Any] = {part: test.monitor_id for part, test in tests.items()}
        configs: Any = {place: each.config for place, each in private.items()}
        self.tests = pulumi.Output.from_input(ids)
        self.monitors = pulumi.Output.from_input(monitors)
        self.private_locations = pulumi.Output.secret(configs)
        self.register_outputs(
            {
                "tests": self.tests,
                "monitors": self.monitors,
                "private_locations": self.private_locations,
            }
        )
