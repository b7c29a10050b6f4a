"""The marker of a deployment: one point of a count, whose age ends the closer watch.

    DD_API_KEY=... python -m pulumi_upkeep.operate.mark_deployment Pulumi.prod.yaml --version 1.4.0

Sent when a deployment is done. It is what ``ReleaseWatch`` looks for.
"""

import argparse
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from ..plan.faults import PlanError
from ..plan.plan import Plan
from ..plan.read import load_plan
from ..plan.releases import MARKER

# Datadog's API, series v2: 1 is a count.
_COUNT = 1
_SENT_WITHIN = timedelta(seconds=30)
_TRIES = 3

Send = Callable[[str, Mapping[str, Any]], None]


def series(plan: Plan, now: float, version: str = "", hotfix: bool = False) -> dict[str, Any]:
    """The body of ``POST /api/v2/series`` [Datadog, metrics API]."""
    tags = [f"env:{plan.environment}", f"kind:{'hotfix' if hotfix else 'release'}"]
    if version:
        tags.append(f"version:{version.lower()}")
    point = {"timestamp": int(now), "value": 1}
    return {
        "series": [
            {
                "metric": MARKER,
                "type": _COUNT,
                "interval": 1,
                "points": [point],
                "tags": sorted(tags),
            }
        ]
    }


def sender(site: str, key: str) -> Send:
    """What sends to Datadog, three times where it fails. Raises ``OSError`` where it does not take
    it; the key is in no message."""

    def send(path: str, body: Mapping[str, Any]) -> None:
        request = urllib.request.Request(  # noqa: S310 - Datadog's API, stated
            f"{site.rstrip('/')}{path}",
            data=json.dumps(body, sort_keys=True).encode(),
            headers={"DD-API-KEY": key, "Content-Type": "application/json"},
            method="POST",
        )
        for attempt in range(_TRIES):
            try:
                with urllib.request.urlopen(  # noqa: S310
                    request, timeout=_SENT_WITHIN.total_seconds()
                ):
                    return
            except urllib.error.HTTPError as error:
                # A refusal is one the next time, too.
                if error.code < 500 or attempt + 1 == _TRIES:
                    raise OSError(f"Datadog answers {error.code}") from None
            except OSError:
                if attempt + 1 == _TRIES:
                    raise
            time.sleep(2**attempt)

    return send


def main(
    arguments: Sequence[str] | None = None,
    environment: Mapping[str, str] = os.environ,
    send: Send | None = None,
    now: Callable[[], float] = time.time,
) -> int:
    """Sends it; 0 where it was taken, 1 where not, 2 where it cannot be sent."""
    parser = argparse.ArgumentParser(
        prog="pulumi_upkeep.operate.mark_deployment", description=__doc__.partition("\n")[0]
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--version", default="", help="what was deployed: a version or a commit")
    parser.add_argument("--hotfix", action="store_true", help="it was one")
    options = parser.parse_args(arguments)
    try:
        plan = load_plan(options.file)
    except PlanError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    key = environment.get("DD_API_KEY", "")
    if not key and send is None:
        sys.stderr.write("DD_API_KEY: not set, so that Datadog takes nothing\n")
        return 2
    send = send or sender(environment.get("DD_URL", "https://api.datadoghq.com"), key)
    try:
        send("/api/v2/series", series(plan, now(), options.version, options.hotfix))
    except OSError as error:
        sys.stderr.write(f"{error}: nothing is watched more closely\n")
        return 1
    sys.stdout.write(f"{plan.environment}: a deployment is marked\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
