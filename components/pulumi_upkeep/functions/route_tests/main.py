"""Tests of the routes that alerts take, and how long ago each was last acknowledged.

``send``          by the plan's schedule: a test with a new code over every route
``ages``          every hour: Upkeep/Observe RouteTestAge{Route}, in days since the newest test that
                  was acknowledged; without one, since the route is tested at all
``acknowledge``   invoked with {"route", "code"} by whoever read a test

What is remembered of a route is a parameter of Systems Manager: {"since", "sent", "code",
"acknowledged"}. The code is kept as a digest: who may read parameters cannot acknowledge.

ROUTES (environment)   {route: {"topic"} | {"handles"} | {"team"}}
PARAMETERS             the prefix of the parameters' names
KEYS                   secret with Datadog's keys, {"api_key", "app_key"}; empty where none is used
WITHIN, ENVIRONMENT, STACK, ACKNOWLEDGE   what a test says of itself
"""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import boto3
from routes import Test  # type: ignore[import-not-found,unused-ignore]
from routes import send as send_over

NAMESPACE = "Upkeep/Observe"
DAY_SECONDS = 86_400


def send(event: Any, context: Any) -> dict[str, Any]:
    """Sends a test over every route, or over those that the event names: {"routes": [...]}.

    A route that takes nothing is remembered as it was: it ages, and its alarm rings. Answers
    {"sent": [...], "failed": {route: why}}.
    """
    routes = _routes()
    wanted = (event or {}).get("routes") or sorted(routes)
    failed: dict[str, str] = {}
    keys = _keys(failed, routes)
    for name in wanted:
        if name in failed:
            continue
        code = secrets.token_hex(4)
        test = Test(
            name,
            code,
            int(os.environ["WITHIN"]),
            os.environ["ENVIRONMENT"],
            os.environ["STACK"],
            os.environ["ACKNOWLEDGE"],
            os.environ["AWS_REGION"],
        )
        try:
            # Kept first: a test that was read must find its code.
            _keep(name, {**_kept(name), "sent": _now(), "code": _digest(code)})
            send_over(routes[name], test, keys)
        except Exception as error:
            # Each route is tested, whatever becomes of another. Never the request: it holds keys.
            failed[name] = type(error).__name__
    for name, why in sorted(failed.items()):
        print(json.dumps({"route": name, "failed": why}))
    return {"sent": sorted(set(wanted) - set(failed)), "failed": failed}


def ages(event: Any, context: Any) -> dict[str, float]:
    """Publishes the age of every route's newest acknowledged test; answers with them."""
    now = datetime.now(UTC)
    found = {}
    for name in sorted(_routes()):
        kept = _kept(name)
        if "since" not in kept:
            kept["since"] = _now()
            _keep(name, kept)
        last = datetime.fromisoformat(kept.get("acknowledged") or kept["since"])
        found[name] = round((now - last).total_seconds() / DAY_SECONDS, 4)
    boto3.client("cloudwatch").put_metric_data(
        Namespace=NAMESPACE,
        MetricData=[
            {
                "MetricName": "RouteTestAge",
                "Dimensions": [{"Name": "Route", "Value": name}],
                "Timestamp": now,
                "Value": age,
                "Unit": "None",
            }
            for name, age in found.items()
        ],
    )
    return found


def acknowledge(event: Any, context: Any) -> dict[str, Any]:
    """Acknowledges the test that was sent last over a route: {"route", "code"}.

    A code is good once, and no longer than until the next test. Answers {"acknowledged", "says"}.
    """
    route, code = (str((event or {}).get(key) or "") for key in ("route", "code"))
    routes = _routes()
    if route not in routes:
        known = ", ".join(sorted(routes))
        return {"acknowledged": False, "says": f"no route {route!r}; there are {known}"}
    kept = _kept(route)
    if not kept.get("code") or not hmac.compare_digest(kept["code"], _digest(code.strip())):
        return {
            "acknowledged": False,
            "says": f"not the code of the last test over {route}, or used already",
        }
    sent = kept["sent"]
    _keep(route, {"since": kept.get("since", sent), "sent": sent, "acknowledged": sent})
    return {"acknowledged": True, "says": f"the test over {route} of {sent} is acknowledged"}


def _routes() -> dict[str, Any]:
    routes: dict[str, Any] = json.loads(os.environ["ROUTES"])
    return routes


def _keys(failed: dict[str, str], routes: Mapping[str, Any]) -> dict[str, str]:
    """Datadog's keys; where they cannot be read, the routes that need them have failed."""
    if not os.environ.get("KEYS"):
        return {}
    try:
        answer = boto3.client("secretsmanager").get_secret_value(SecretId=os.environ["KEYS"])
        keys = json.loads(answer["SecretString"])
        return {"api_key": keys["api_key"], "app_key": keys["app_key"]}
    except Exception as error:
        # Only what kind: a message might quote the secret.
        failed |= {
            name: f"Datadog's keys: {type(error).__name__}"
            for name, route in routes.items()
            if "topic" not in route
        }
        return {}


def _parameter(route: str) -> str:
    return f"{os.environ['PARAMETERS']}/{route}"


def _kept(route: str) -> dict[str, str]:
    answer = boto3.client("ssm").get_parameter(Name=_parameter(route))
    kept: dict[str, str] = json.loads(answer["Parameter"]["Value"])
    return kept


def _keep(route: str, kept: Mapping[str, str]) -> None:
    boto3.client("ssm").put_parameter(
        Name=_parameter(route),
        Value=json.dumps(kept, sort_keys=True),
        Type="String",
        Overwrite=True,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _digest(code: str) -> str:
    return hashlib.sha256(code.encode()).hexdigest()
