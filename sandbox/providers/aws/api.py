"""AWS as the stand-in calls it: cached boto3 clients, and what their errors mean."""

from __future__ import annotations

import functools
import os
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

# What the services call "it is not there": NoSuchEntity, ResourceNotFoundException, ...
# A HEAD request has no body, and so no code but its status.
_NOT_THERE = re.compile(
    r"NotFound|NoSuch|DoesNotExist|^InvalidInstanceType$|^404$|^InvalidDocument$"
)

Item = TypeVar("Item")

_session_lock = threading.Lock()


@functools.cache
def _session() -> boto3.Session:
    return boto3.Session(
        aws_access_key_id=os.environ.get("AWS_ACCESS_KEY_ID", "testing"),
        aws_secret_access_key=os.environ.get("AWS_SECRET_ACCESS_KEY", "testing"),
    )


@functools.cache
def _assumed(role: str, endpoint: str | None) -> boto3.Session:
    """A session with the credentials that a role gives, in whichever account it is."""
    sts = _client("sts", "us-east-1", endpoint, None)
    answer = sts.assume_role(RoleArn=role, RoleSessionName="upkeep")["Credentials"]
    session = boto3.Session(
        aws_access_key_id=answer["AccessKeyId"],
        aws_secret_access_key=answer["SecretAccessKey"],
        aws_session_token=answer["SessionToken"],
    )
    # The sandbox lets anybody take any role, whether it is there or not; AWS does not.
    name = role.rpartition("/")[2]
    session.client("iam", region_name="us-east-1", endpoint_url=endpoint).get_role(RoleName=name)
    return session


@functools.cache
def _client(service: str, region: str, endpoint: str | None, role: str | None) -> Any:
    session = _session() if role is None else _assumed(role, endpoint)
    return session.client(
        service,
        region_name=region,
        endpoint_url=endpoint,
        config=Config(
            max_pool_connections=32,
            retries={"mode": "standard", "max_attempts": 2},
            connect_timeout=5,
            read_timeout=60,
        ),
    )


@functools.cache
def _account(endpoint: str | None, role: str | None) -> str:
    return str(Api("us-east-1", endpoint, role)("sts").get_caller_identity()["Account"])


@dataclass(frozen=True)
class Api:
    """AWS in one region. `api("sns").create_topic(...)` is a call of boto3.

    endpoint: base URL; None means what boto3 makes of `AWS_ENDPOINT_URL`.
    role: ARN of the role whose credentials are used, which may be another account's; default: none.
    """

    region: str
    endpoint: str | None = None
    role: str | None = None

    def __call__(self, service: str) -> Any:
        # Clients may be shared by threads, but making one may not be (boto3's guide).
        with _session_lock:
            return _client(service, self.region, self.endpoint, self.role)

    @property
    def account(self) -> str:
        """The caller's account, twelve digits."""
        return _account(self.endpoint, self.role)

    def arn(self, service: str, resource: str, *, region: bool = True, account: bool = True) -> str:
        """`arn:aws:service:region:account:resource`; parts that a service lacks are left empty."""
        where = self.region if region else ""
        return f"arn:aws:{service}:{where}:{self.account if account else ''}:{resource}"


def code_of(fault: ClientError) -> str:
    """The error's code: "NoSuchEntity"."""
    return str(fault.response.get("Error", {}).get("Code", ""))


def is_absence(fault: ClientError) -> bool:
    """Whether the error says that the thing does not exist."""
    return bool(_NOT_THERE.search(code_of(fault)))


def found(call: Callable[..., Any], **arguments: Any) -> Any:
    """The call's answer, or None when it says that the thing does not exist."""
    try:
        return call(**arguments)
    except ClientError as fault:
        if is_absence(fault):
            return None
        raise


def only(items: list[Item] | None) -> Item | None:
    """The first of what should be one item, or None."""
    return items[0] if items else None
