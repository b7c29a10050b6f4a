"""The routes a test goes over: topics of SNS, Datadog's handles, Datadog's pages.

What is sent says in its first word that it is a test, and holds all that it takes to acknowledge
it. Nothing public answers: the acknowledgement is a call with the caller's own rights.
"""

# Modules of the deployed archive, which a type checker cannot look up here.
# mypy: disable-error-code="import-not-found"

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import boto3
import urllib3
from botocore.config import Config
from common.told import SUBJECT_LIMIT, by_protocol

# A region that is down must not keep the other routes from being tested.
QUICKLY = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 2})
NOT_TOLD = ("@oncall-", "@webhook-", "@case-", "@jira-")


class Refused(Exception):
    """What Datadog answered a test with, where it is no success."""


@dataclass(frozen=True)
class Test:
    """One test of one route.

    route         its name: ``p0-us-east-1``
    code          what acknowledges it, once
    within        days until another route tells that this one is dead
    environment   ``bynomi-prod``
    stack         for the command
    function      whose invocation acknowledges it, and its region
    """

    route: str
    code: str
    within: int
    environment: str
    stack: str
    function: str
    region: str

    @property
    def subject(self) -> str:
        """In one line."""
        return f"[TEST] {self.environment}: does the route {self.route} reach you?"[:SUBJECT_LIMIT]

    @property
    def short(self) -> str:
        """For a phone."""
        return (
            f"[TEST] {self.environment} {self.route}. Nothing is wrong. "
            f"make acknowledge ROUTE={self.route} CODE={self.code} STACK={self.stack}"
        )

    @property
    def command(self) -> str:
        """What acknowledges it without this project's sources."""
        payload = json.dumps({"route": self.route, "code": self.code})
        return (
            f"aws lambda invoke --region {self.region} --function-name {self.function} "
            f"--cli-binary-format raw-in-base64-out --payload '{payload}' /dev/stdout"
        )

    @property
    def text(self) -> str:
        """In full."""
        return (
            f"[TEST] Nothing is wrong. This tests the route {self.route} of {self.environment}.\n"
            f"Whoever reads this acknowledges it, once:\n\n"
            f"make acknowledge ROUTE={self.route} CODE={self.code} STACK={self.stack}\n\n"
            f"or, with AWS's own command:\n\n{self.command}\n\n"
            f"Where nobody does within {self.within} days, another route tells that this one is "
            "dead."
        )


def send(route: Mapping[str, Any], test: Test, keys: Mapping[str, str]) -> None:
    """Sends a test over a route; raises whatever keeps it from leaving."""
    if "topic" in route:
        _publish(route["topic"], test)
    elif "team" in route:
        _page(route["team"], test, keys)
    else:
        _tell(route["handles"], test, keys)


def _publish(topic: str, test: Test) -> None:
    boto3.client("sns", region_name=topic.split(":")[3], config=QUICKLY).publish(
        TopicArn=topic,
        Subject=test.subject,
        MessageStructure="json",
        Message=by_protocol(test.subject, test.text, test.short),
    )


def _tell(handles: str, test: Test, keys: Mapping[str, str]) -> None:
    """An event whose handles Datadog tells [Datadog: Events, notifications].

    Not pages, which are a route of their own, and not trackers: a test opens no case.
    """
    told = " ".join(each for each in handles.split() if not each.startswith(NOT_TOLD))
    _post(
        "/api/v1/events",
        {
            "title": test.subject,
            "text": f"{test.text}\n\n{told}",
            "tags": [f"route:{test.route}", "test:route"],
            "alert_type": "info",
        },
        keys,
        "DATADOG_URL",
    )


def _page(team: str, test: Test, keys: Mapping[str, str]) -> None:
    """A page of Datadog On-Call to a team. Datadog has no call that reads whether it was
    acknowledged there, so its code acknowledges it as any other."""
    attributes = {
        "title": test.subject,
        "description": test.text,
        "urgency": "high",
        "target": {"identifier": team, "type": "team_handle"},
        "tags": [f"route:{test.route}", "test:route"],
    }
    body = {"data": {"type": "pages", "attributes": attributes}}
    # Pages have servers of their own, so that they outlive the rest [datadog-api-client].
    _post("/api/v2/on-call/pages", body, keys, "PAGING_URL")


def _post(path: str, body: Mapping[str, Any], keys: Mapping[str, str], at: str) -> None:
    answer = urllib3.PoolManager().request(
        "POST",
        os.environ[at].rstrip("/") + path,
        body=json.dumps(body),
        headers={
            "Content-Type": "application/json",
            "DD-API-KEY": keys["api_key"],
            "DD-APPLICATION-KEY": keys["app_key"],
        },
        timeout=10,
        retries=False,
    )
    if answer.status >= 300:
        raise Refused(f"{path}: {answer.status}")
