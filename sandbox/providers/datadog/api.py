"""Calls of Datadog's API at the sandbox's address."""

from __future__ import annotations

import json
import os
from typing import Any
from urllib.parse import urlencode

import urllib3

from sandbox.providers.cloud import CloudError, Properties

# Creating many resources at once must not open a connection for each.
_pool = urllib3.PoolManager(maxsize=32, retries=False, timeout=urllib3.Timeout(60))


def address() -> str | None:
    """Where the sandbox's Datadog answers: `DD_API_URL`, without a slash at the end."""
    return os.environ.get("DD_API_URL", "").rstrip("/") or None


class Api:
    """The API with one provider's keys.

    base: where it answers; default what `DD_API_URL` says. Without either nothing is called: a
    stand-in never turns to a real Datadog.
    """

    def __init__(self, config: Properties, base: str | None = None) -> None:
        found = base or address()
        if found is None:
            raise CloudError("DD_API_URL is not set: the stand-in needs the sandbox's Datadog")
        self._base = found
        self._headers = {
            "DD-API-KEY": str(config.get("apiKey", "")),
            "DD-APPLICATION-KEY": str(config.get("appKey", "")),
            "Content-Type": "application/json",
        }

    def call(
        self, method: str, path: str, body: Any = None, query: dict[str, str] | None = None
    ) -> Any:
        """The answer's JSON; None where there is no such thing (404). A body of text goes as it is.

        CloudError with Datadog's own texts when it refuses.
        """
        try:
            answer = _pool.request(
                method,
                self._base + path + (f"?{urlencode(query)}" if query else ""),
                body=body if body is None or isinstance(body, str) else json.dumps(body),
                headers=self._headers,
            )
        except urllib3.exceptions.HTTPError as fault:
            raise CloudError(f"Datadog does not answer at {self._base}: {fault}") from None
        if answer.status == 404:
            return None
        try:
            content = json.loads(answer.data)
        except ValueError:
            content = {}
        if answer.status >= 400:
            errors = content.get("errors") or [f"HTTP {answer.status}"]
            raise CloudError("; ".join(map(str, errors)))
        return content
