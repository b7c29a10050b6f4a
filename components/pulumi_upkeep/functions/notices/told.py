"""What has been told of each opening: an object for each, written on condition.

    {"id", "window", "notice", "opens", "closes", "mail", "message", "at", "correction"}

``opens``, ``closes``   the time that was announced; null while none is
``correction``          what was said last of a time that no longer holds: {"kind", "opens",
                        "closes", "title", "text"}; null without one
``mail``                ``none``, ``sending`` (claimed: nobody else sends it) or ``sent``

The object is claimed before a mail leaves and confirmed after it: a run that is tried again, or two
at once, never mail twice. Where a run ends in between, nobody knows whether the mail left; that is
a failure of every later run, until a person looks.
"""

import json
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from botocore.exceptions import ClientError

PREFIX = "announced/"
# A moved opening keeps the day of the recurrence as its name: that may lie some way back.
LOOK_BACK = timedelta(days=62)
Told = dict[str, Any]


class Taken(Exception):
    """Another run was faster."""


class Ledger:
    """The objects of a bucket."""

    def __init__(self, s3: Any, bucket: str) -> None:
        self._s3 = s3
        self._bucket = bucket
        self._versions: dict[str, str] = {}

    def read(self, now: datetime) -> dict[str, Told]:
        """What was told of openings that may still lie ahead, by their ids."""
        found = {}
        oldest = now.date() - LOOK_BACK
        pages = self._s3.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self._bucket, Prefix=PREFIX):
            for item in page.get("Contents", ()):
                id_ = item["Key"].removeprefix(PREFIX).removesuffix(".json")
                if date.fromisoformat(id_[-10:]) < oldest:
                    continue
                answer = self._s3.get_object(Bucket=self._bucket, Key=item["Key"])
                self._versions[id_] = answer["ETag"]
                found[id_] = json.loads(answer["Body"].read())
        return found

    def write(self, told: Told) -> None:
        """Writes what is told now, if nobody else has since it was read; raises ``Taken``."""
        id_ = told["id"]
        known = self._versions.get(id_)
        condition = {"IfMatch": known} if known else {"IfNoneMatch": "*"}
        try:
            answer = self._s3.put_object(
                Bucket=self._bucket,
                Key=_key(id_),
                Body=json.dumps(told, sort_keys=True).encode(),
                ContentType="application/json",
                **condition,
            )
        except ClientError as error:
            # 409 says that two were at it in the same moment [S3, conditional writes].
            if error.response["Error"]["Code"] in (
                "PreconditionFailed",
                "ConditionalRequestConflict",
            ):
                raise Taken(id_) from error
            raise
        self._versions[id_] = answer["ETag"]

    def forget(self, id_: str) -> None:
        """Takes back a claim of an opening of which nothing was told before."""
        self._s3.delete_object(Bucket=self._bucket, Key=_key(id_))
        self._versions.pop(id_, None)


def _key(id_: str) -> str:
    return f"{PREFIX}{id_}.json"


def span(told: Mapping[str, Any]) -> tuple[datetime, datetime] | None:
    """The time that an object says; None where it says none."""
    if not told.get("opens"):
        return None
    return datetime.fromisoformat(told["opens"]), datetime.fromisoformat(told["closes"])
