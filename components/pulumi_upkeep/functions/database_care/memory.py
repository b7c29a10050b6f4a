"""What is remembered between slices and between runs: small objects of the bucket of reports.

``pending/<job>.json``   {"run", "until", "turn"} while a window is open for it; else {}
``last/<job>.json``      {"outcome", "ended", "succeeded", "run", "rows", "bytes"} of what ended
``since/<job>.json``     {"since"}: when somebody first asked
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any


@dataclass(frozen=True)
class Memory:
    """The bucket of reports.

    s3       a client of S3
    bucket   its name
    """

    s3: Any
    bucket: str

    def read(self, key: str) -> dict[str, Any]:
        """An object; empty where there is none."""
        try:
            content = self.s3.get_object(Bucket=self.bucket, Key=key)["Body"].read()
        except self.s3.exceptions.NoSuchKey:
            return {}
        found: dict[str, Any] = json.loads(content)
        return found

    def write(self, key: str, document: Mapping[str, Any]) -> None:
        """Writes an object, in whole."""
        self.put(key, json.dumps(document, sort_keys=True, indent=1, default=str), "json")

    def put(self, key: str, text: str, kind: str) -> None:
        """Writes text."""
        self.s3.put_object(
            Bucket=self.bucket,
            Key=key,
            Body=text.encode(),
            ContentType="application/json" if kind == "json" else "text/plain; charset=utf-8",
            ServerSideEncryption="AES256",
        )

    def since(self, job: str) -> datetime:
        """Since when somebody asks for a job: it has an age before it ever ran."""
        found = self.read(f"since/{job}.json")
        if not found:
            found = {"since": now().isoformat(timespec="seconds")}
            self.write(f"since/{job}.json", found)
        return datetime.fromisoformat(found["since"])


def now() -> datetime:
    """This moment, in UTC."""
    return datetime.now(UTC)
