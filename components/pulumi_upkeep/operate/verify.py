"""The verification after a deployment: what customers reach is asked, by the plan's own checks.

    python -m pulumi_upkeep.operate.verify Pulumi.prod.yaml --for "5 minutes"

Each check of ``uptime`` is asked until it passes or the time is over: the status, the text and the
response time that the plan names, over the addresses that customers use. One line for each, and 0
where all pass. What has several steps, needs a browser or a secret is watched by Datadog's tests
every few minutes, and named here as not asked.
"""

import argparse
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from ..plan.faults import NotInWords, PlanError
from ..plan.plan import Plan
from ..plan.read import load_plan
from ..plan.uptime import Check, Uptime
from ..plan.words import parse_duration, say_duration, tell_duration

# Servers start, caches fill: one late answer right after a deployment is no verdict.
SETTLES_WITHIN = timedelta(minutes=5)
AGAIN_AFTER = timedelta(seconds=10)
# Of an answer so much is read; a text that is looked for stands near its top.
MOST_READ = 1 << 20


@dataclass(frozen=True)
class Answer:
    """What came back: the status (0 where nothing did), the text, and after how long."""

    status: int
    text: str
    after: timedelta
    why: str = ""


Ask = Callable[[str, timedelta], Answer]


def ask(url: str, within: timedelta) -> Answer:
    """Asks an address as customers do: redirects are followed. Waits no longer than ten times as
    long as an answer may take."""
    # The plan takes addresses of http and https alone.
    request = urllib.request.Request(url, headers={"User-Agent": "upkeep-verify"})  # noqa: S310
    began = time.monotonic()
    status, body, why = 0, b"", ""
    try:
        longest = (within * 10).total_seconds()
        with urllib.request.urlopen(request, timeout=longest) as reply:  # noqa: S310
            status, body = reply.status, reply.read(MOST_READ)
    except urllib.error.HTTPError as error:
        status, body = error.code, error.read(MOST_READ)
    except (OSError, ValueError) as error:
        why = str(getattr(error, "reason", error))
    after = timedelta(seconds=time.monotonic() - began)
    return Answer(status, body.decode("utf-8", "replace"), after, why)


def faults(check: Check, within: timedelta, answer: Answer) -> Iterator[str]:
    """What is wrong with an answer."""
    if not answer.status:
        yield f"does not answer: {answer.why}"
        return
    if answer.status != check.status:
        yield f"answers {answer.status}, not {check.status}"
    if check.body_contains is not None and check.body_contains not in answer.text:
        yield f"does not contain `{check.body_contains}`"
    if answer.after > within:
        yield f"takes {tell_duration(answer.after)}, more than {say_duration(within)}"


def verify(
    uptime: Uptime,
    patience: timedelta,
    asking: Ask = ask,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Mapping[str, str]:
    """Check -> what is wrong with it at last; empty where it passes."""
    ends = clock() + patience.total_seconds()
    verdicts = dict.fromkeys(sorted(uptime.checks), "was not asked")
    while True:
        for name, verdict in verdicts.items():
            if verdict:
                check = uptime.checks[name]
                within = check.within or uptime.within
                answer = asking(check.url, within)
                verdicts[name] = "; ".join(faults(check, within, answer))
        if not any(verdicts.values()) or clock() + AGAIN_AFTER.total_seconds() > ends:
            return verdicts
        sleep(AGAIN_AFTER.total_seconds())


def not_asked(uptime: Uptime) -> list[str]:
    """What only Datadog's tests go through."""
    kinds: dict[str, Iterable[str]] = {
        "journey": uptime.journeys,
        "browser": uptime.browsers,
        "dns": uptime.dns,
    }
    return sorted(f"{kind}-{name}" for kind, tests in kinds.items() for name in tests)


def main(arguments: Sequence[str] | None = None, asking: Ask = ask) -> int:
    """Prints what each check says; 0 where all pass, 1 where not, 2 where nothing can be asked."""
    parser = argparse.ArgumentParser(
        prog="pulumi_upkeep.operate.verify", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("file", type=Path)
    parser.add_argument(
        "--for",
        dest="patience",
        metavar="TIME",
        default=say_duration(SETTLES_WITHIN),
        help="ask again until then; default %(default)s",
    )
    options = parser.parse_args(arguments)
    try:
        plan: Plan = load_plan(options.file)
        patience = parse_duration(options.patience)
    except (PlanError, NotInWords) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    if plan.uptime is None or not plan.uptime.checks:
        sys.stderr.write("uptime: the plan names no check that could be asked\n")
        return 2
    verdicts = verify(plan.uptime, patience, asking)
    for name, verdict in verdicts.items():
        sys.stdout.write(f"{name}: {verdict or 'ok'}\n")
    if left := not_asked(plan.uptime):
        sys.stdout.write(f"by Datadog's tests alone: {', '.join(left)}\n")
    return 1 if any(verdicts.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
