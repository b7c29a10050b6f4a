"""Uptime from outside, and who hears of it."""

from collections.abc import Iterator

from tools.upkeep.account.finding import Figures, Finding, clause, kept, lacks
from tools.upkeep.account.seen import Fact, Seen, Stack, tells, words


def _tests(stack: Stack, url: str) -> list[Fact]:
    """The tests that ask for an address from places of Datadog's."""
    return [
        each
        for each in stack.of("test")
        if each["subtype"] == "http"
        and each["url"] == url
        and each["live"]
        and any(place.startswith(("aws:", "azure:", "gcp:")) for place in each["locations"])
    ]


@clause("PD-1.1")
def uptime(seen: Seen, figures: Figures) -> Iterator[Finding]:
    for page, url in figures["pages"].items():
        found = [each for each in _tests(seen.prod, url) if tells(each["message"])]
        if found:
            one = found[0]
            yield kept(
                f"{page}: test {one['name']} asks {url} every {one['seconds']} s "
                f"from {len(one['locations'])} places"
            )
        else:
            yield lacks(f"{page}: no test that reaches somebody asks {url} from outside")


@clause("BY-2.7")
def every_minute(seen: Seen, figures: Figures) -> Iterator[Finding]:
    for page, url in figures["pages"].items():
        found = [each for each in _tests(seen.prod, url) if each["seconds"] == figures["seconds"]]
        if found:
            yield kept(f"{page}: test {found[0]['name']} asks {url} every {figures['seconds']} s")
        else:
            yield lacks(f"{page}: no test asks {url} every {figures['seconds']} s")


@clause("BY-2.8")
def channels(seen: Seen, figures: Figures) -> Iterator[Finding]:
    stack = seen.prod
    tests = [each for each in stack.of("test") if each["subtype"] == "http"]
    if not tests:
        yield lacks("nothing tests uptime")
    for channel in figures["channels"]:
        silent = [each["name"] for each in tests if not _reaches(stack, each, channel)]
        if silent:
            yield lacks(f"{channel}: not told by {', '.join(sorted(silent))}")
        elif tests:
            named = ", ".join(sorted(each["name"] for each in tests))
            yield kept(f"{channel}: told by all {len(tests)} uptime tests: {named}")


def _reaches(stack: Stack, test: Fact, channel: str) -> bool:
    handles = [word[1:] for word in words(test["message"]) if word.startswith("@")]
    if channel == "email":
        return any("@" in handle for handle in handles)
    if channel == "slack":
        return any(handle.startswith("slack-") for handle in handles)
    if channel == "sms":
        # A topic of Datadog's own, and somebody's phone at its end.
        topics = {handle.removeprefix("sns-") for handle in handles if handle.startswith("sns-")}
        return any(
            each["topic"] in topics and each["protocol"] == "sms"
            for each in stack.of("subscription")
        )
    return False
