"""The sandbox's Datadog by plain requests, for tests of what it refuses."""

import copy
from typing import Any

from flask.testing import FlaskClient

from sandbox.datadog.app import create_app, empty
from sandbox.datadog.store import Store

KEYS = {"DD-API-KEY": "key", "DD-APPLICATION-KEY": "key"}


class Http:
    """One Datadog; `clear` empties it."""

    def __init__(self) -> None:
        self._store = Store()
        self._client: FlaskClient = create_app(self._store).test_client()

    def clear(self) -> None:
        empty(self._store)

    def call(self, method: str, path: str, document: Any = None) -> tuple[int, Any]:
        """The status and the JSON of an answer."""
        answer = self._client.open(path, method=method, json=document, headers=KEYS)
        return answer.status_code, answer.json if answer.data else None

    def made(self, path: str, document: Any, method: str = "POST") -> Any:
        """The answer to a creation that has to work."""
        status, answer = self.call(method, path, document)
        assert status < 300, answer
        return answer

    def faults(self, path: str, document: Any, method: str = "POST") -> list[str]:
        """What is wrong with a request; nothing when it is taken."""
        status, answer = self.call(method, path, document)
        if status < 300:
            return []
        assert status in (400, 404, 409), answer
        found: list[str] = answer["errors"]
        return found


def changed(document: Any, path: str, value: Any) -> Any:
    """A copy with the value at a dotted path replaced; ``...`` removes it."""
    result = copy.deepcopy(document)
    target: Any = result
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    for parent in parents:
        target = target[parent]
    if value is ...:
        del target[last]
    else:
        target[last] = value
    return result
