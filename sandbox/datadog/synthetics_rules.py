"""What Datadog refuses of a synthetic test beyond the shape of its fields.

Sources: [D] Datadog's documentation, [P] its Terraform provider, [M] from memory.
"""

from collections.abc import Collection, Iterator
from typing import Any

# Datadog's own answer to GET /api/v1/synthetics/locations, as the Terraform provider's tests
# recorded it (TestAccDatadogSyntheticsLocation_existing.yaml); private ones begin with "pl:".
MANAGED_LOCATIONS = {
    "aws:af-south-1": "Cape Town (AWS)",
    "aws:ap-east-1": "Hong Kong (AWS)",
    "aws:ap-northeast-1": "Tokyo (AWS)",
    "aws:ap-northeast-2": "Seoul (AWS)",
    "aws:ap-northeast-3": "Osaka (AWS)",
    "aws:ap-south-1": "Mumbai (AWS)",
    "aws:ap-southeast-1": "Singapore (AWS)",
    "aws:ap-southeast-2": "Sydney (AWS)",
    "aws:ap-southeast-3": "Jakarta (AWS)",
    "aws:ca-central-1": "Canada Central (AWS)",
    "aws:eu-central-1": "Frankfurt (AWS)",
    "aws:eu-north-1": "Stockholm (AWS)",
    "aws:eu-south-1": "Milan (AWS)",
    "aws:eu-west-1": "Ireland (AWS)",
    "aws:eu-west-2": "London (AWS)",
    "aws:eu-west-3": "Paris (AWS)",
    "aws:me-south-1": "Bahrain (AWS)",
    "aws:sa-east-1": "São Paulo (AWS)",
    "aws:us-east-1": "N. Virginia (AWS)",
    "aws:us-east-2": "Ohio (AWS)",
    "aws:us-west-1": "N. California (AWS)",
    "aws:us-west-2": "Oregon (AWS)",
    "azure:eastus": "Virginia (Azure)",
    "gcp:asia-northeast1": "Tokyo (GCP)",
    "gcp:europe-west3": "Frankfurt (GCP)",
    "gcp:us-east4": "Virginia (GCP)",
    "gcp:us-south1": "Dallas (GCP)",
    "gcp:us-west1": "Oregon (GCP)",
    "gcp:us-west2": "Los Angeles (GCP)",
}
# Minutes [P resource_datadog_synthetics_test_.go, monitor_options.renotify_interval].
RENOTIFY_MINUTES = (0, 10, 20, 30, 40, 50, 60, 90, 120, 180, 240, 300, 360, 720, 1440)
# Seconds [P options_list.tick_every]; API tests from 30, as the client's model says too.
BROWSER_TICK_SECONDS = (60, 604_800)
# Tries after the first [P options_list.retry.count].
MOST_RETRIES = {"api": 3, "browser": 2}
# Milliseconds [P options_list.retry.interval].
LONGEST_RETRY_INTERVAL = 5_000
# What a request cannot do without [D "Create an API test"].
_NEEDS = {
    "http": ("url", "method"),
    "ssl": ("host", "port"),
    "tcp": ("host", "port"),
    "dns": ("host",),
    "icmp": ("host",),
    "udp": ("host", "port", "message"),
    "websocket": ("url",),
    "grpc": ("host", "port"),
}


def faults(test: dict[str, Any], own: Collection[str] = ()) -> Iterator[str]:
    """The faults of a test whose fields fit the client's model.

    own: the private locations that exist.
    """
    yield from _location_faults(test["locations"], own)
    yield from _option_faults(test["type"], test["options"], len(test["locations"]))
    if not test["name"].strip():
        yield "name: must not be empty"
    if test["type"] == "api":
        yield from _request_faults(test.get("subtype", "http"), test["config"])
    elif not test["options"].get("device_ids"):
        yield "options.device_ids: a browser test needs at least one"


def _location_faults(locations: list[str], own: Collection[str]) -> Iterator[str]:
    if not locations:
        yield "locations: must not be empty"
    for location in locations:
        if location in MANAGED_LOCATIONS or location in own:
            continue
        kind = "a private location" if location.startswith("pl:") else "a location of Datadog's"
        yield f"locations: {location!r} is not {kind}"
    if len(set(locations)) < len(locations):
        yield "locations: each may be named once"


def _option_faults(type_: str, options: dict[str, Any], locations: int) -> Iterator[str]:
    tick = options.get("tick_every")
    if tick is None:
        if "scheduling" not in options:
            yield "options.tick_every: missing required field"
    elif type_ == "browser" and not BROWSER_TICK_SECONDS[0] <= tick <= BROWSER_TICK_SECONDS[1]:
        yield "options.tick_every: must be 60 to 604800 for a browser test"
    # [M] More locations than there are could never fail together: the test would never alert.
    if not 1 <= options.get("min_location_failed", 1) <= max(locations, 1):
        yield f"options.min_location_failed: must be 1 to {locations}, the number of locations"
    retry = options.get("retry", {})
    if not 0 <= retry.get("count", 0) <= MOST_RETRIES[type_]:
        yield f"options.retry.count: must be 0 to {MOST_RETRIES[type_]}"
    if not 0 <= retry.get("interval", 300) <= LONGEST_RETRY_INTERVAL:
        yield f"options.retry.interval: must be 0 to {LONGEST_RETRY_INTERVAL}"
    monitor = options.get("monitor_options", {})
    interval = monitor.get("renotify_interval", 0)
    if interval not in RENOTIFY_MINUTES:
        allowed = ", ".join(map(str, RENOTIFY_MINUTES))
        yield f"options.monitor_options.renotify_interval: must be one of {allowed}"
    if "renotify_occurrences" in monitor and not interval:
        yield "options.monitor_options.renotify_occurrences: needs a renotify_interval above 0"


def _request_faults(subtype: str, config: dict[str, Any]) -> Iterator[str]:
    if subtype == "multi":
        steps = config.get("steps", [])
        if not steps:
            yield "config.steps: a multistep test needs at least one"
        if config.get("request"):
            yield "config.request: a multistep test has its requests in its steps"
        for index, step in enumerate(steps):
            request = step.get("request")
            if request is not None:
                at = f"config.steps[{index}].request"
                yield from _needs(step["subtype"], request, at)
        return
    if config.get("steps"):
        yield "config.steps: only a test of subtype multi has steps"
    yield from _needs(subtype, config.get("request", {}), "config.request")
    if not config.get("assertions"):
        yield "config.assertions: must not be empty"


def _needs(subtype: str, request: dict[str, Any], at: str) -> Iterator[str]:
    for name in _NEEDS.get(subtype, ()):
        if request.get(name) in (None, ""):
            yield f"{at}: missing required field {name!r} for a test of subtype {subtype}"
    url = request.get("url", "")
    schemes = ("ws://", "wss://") if subtype == "websocket" else ("http://", "https://")
    if "url" in _NEEDS.get(subtype, ()) and url and not url.startswith((*schemes, "{{")):
        yield f"{at}.url: {url!r} has no scheme"
