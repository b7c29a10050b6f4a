"""OpsCenter of Systems Manager, which moto lacks: items that are open until somebody closes them.

An item whose operational data has the same ``/aws/dedup`` as one that is not resolved is refused.
Figures are those of Systems Manager's API reference.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.core.utils import unix_time
from moto.ssm.exceptions import SSMException, ValidationException

DEDUP = "/aws/dedup"
_LIMITS = {"Title": 1024, "Description": 2048, "Source": 128}
_CHANGES = frozenset({"Description", "OperationalData", "Priority", "Severity", "Status", "Title"})
_STATES = ("Open", "InProgress", "Resolved", "Closed")


class OpsItems:
    """The items of an account and region."""

    def __init__(self, account: str, region: str) -> None:
        self.account = account
        self.region = region
        self.known: dict[str, dict[str, Any]] = {}

    def create(self, asked: Mapping[str, Any]) -> dict[str, Any]:
        """A new, open item; refused where the same one is still open."""
        for name, most in _LIMITS.items():
            # OpsCenter takes no empty description either.
            if not 1 <= len(asked.get(name, "")) <= most:
                raise ValidationException(f"{name} has between 1 and {most} characters.")
        same = _dedup(asked)
        for item in self.known.values():
            if same and item["Status"] in ("Open", "InProgress") and _dedup(item) == same:
                raise SSMException("OpsItemAlreadyExistsException", "The OpsItem already exists.")
        id_ = f"oi-{secrets.token_hex(6)}"
        item = {
            **asked,
            "OpsItemId": id_,
            "OpsItemArn": f"arn:aws:ssm:{self.region}:{self.account}:opsitem/{id_}",
            "Status": "Open",
            "Version": "1",
            "CreatedTime": unix_time(),
            "LastModifiedTime": unix_time(),
        }
        self.known[id_] = item
        return item

    def item(self, id_: str) -> dict[str, Any]:
        """One item by its id."""
        if id_ not in self.known:
            raise SSMException("OpsItemNotFoundException", f"OpsItem ID {id_} does not exist.")
        return self.known[id_]

    def change(self, asked: Mapping[str, Any]) -> None:
        """What is sent takes the place of what was there."""
        item = self.item(asked["OpsItemId"])
        if asked.get("Status", "Open") not in _STATES:
            raise ValidationException(f"A status is one of {', '.join(_STATES)}.")
        item.update({key: value for key, value in asked.items() if key in _CHANGES})
        item["Version"] = str(int(item["Version"]) + 1)
        item["LastModifiedTime"] = unix_time()


def _dedup(item: Mapping[str, Any]) -> str:
    value = item.get("OperationalData", {}).get(DEDUP, {}).get("Value")
    return str(json.loads(value)["dedupString"]) if value else ""


class OpsItemOperations:
    """Mixed into the responses of Systems Manager."""

    body: Any

    @property
    def ops_items(self) -> OpsItems:
        """The items of the caller's account and region."""
        raise NotImplementedError

    def create_ops_item(self) -> ActionResult:
        """``CreateOpsItem``."""
        item = self.ops_items.create(json.loads(self.body))
        return ActionResult({key: item[key] for key in ("OpsItemId", "OpsItemArn")})

    def get_ops_item(self) -> ActionResult:
        """``GetOpsItem``."""
        return ActionResult({"OpsItem": self.ops_items.item(json.loads(self.body)["OpsItemId"])})

    def update_ops_item(self) -> ActionResult:
        """``UpdateOpsItem``."""
        self.ops_items.change(json.loads(self.body))
        return EmptyResult()

    def describe_ops_items(self) -> ActionResult:
        """``DescribeOpsItems``: by status, title or source, as a whole."""
        wanted = {
            each["Key"]: each["Values"] for each in json.loads(self.body).get("OpsItemFilters", [])
        }
        if unknown := set(wanted) - {"Source", "Status", "Title"}:
            raise ValidationException(f"The sandbox does not filter by {', '.join(unknown)}.")
        found = [
            item
            for item in self.ops_items.known.values()
            if all(item.get(key) in values for key, values in wanted.items())
        ]
        return ActionResult({"OpsItemSummaries": found})
