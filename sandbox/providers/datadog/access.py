"""How one type's objects are made, read, changed, deleted and listed: paths and envelopes.

An `Access` speaks to the API; a shape turns properties into the documents that it carries.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from sandbox.providers.cloud import CloudError, Properties
from sandbox.providers.datadog.api import Api

Document = dict[str, Any]


class Access(Protocol):
    """One type's objects. `known` are the inputs, or the outputs where there are none: what an
    object belongs to is found there."""

    def create(self, api: Api, document: Document, known: Properties) -> tuple[str, Document]:
        """The id and the object as Datadog holds it."""
        ...

    def read(self, api: Api, id_: str, known: Properties) -> Document | None:
        """The object; None when it is gone."""
        ...

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        """The object as it is now; None when it is gone."""
        ...

    def delete(self, api: Api, id_: str, known: Properties, forced: bool) -> None:
        """Remove it. What is gone already is no error."""
        ...

    def list(self, api: Api, known: Properties) -> Iterator[tuple[str, Document]]:
        """All of them with their ids, oldest first."""
        ...


@dataclass(frozen=True)
class Plain:
    """Objects as they are, at `path` and `path/{id}`."""

    path: str
    id_field: str = "id"
    listed_in: str | None = None
    """Field of the listing that holds the list; None where the answer is the list itself."""
    answered_in: str | None = None
    """Field of an answer that holds the object."""

    def create(self, api: Api, document: Document, known: Properties) -> tuple[str, Document]:
        made = self.inner(there(api.call("POST", self.path, document), self.path))
        return str(made[self.id_field]), made

    def read(self, api: Api, id_: str, known: Properties) -> Document | None:
        found = api.call("GET", f"{self.path}/{id_}")
        return None if found is None else self.inner(found)

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        changed = api.call("PUT", f"{self.path}/{id_}", document)
        return None if changed is None else self.inner(changed)

    def delete(self, api: Api, id_: str, known: Properties, forced: bool) -> None:
        api.call("DELETE", f"{self.path}/{id_}", query={"force": "true"} if forced else None)

    def list(self, api: Api, known: Properties) -> Iterator[tuple[str, Document]]:
        listed = api.call("GET", self.path)
        for entry in listed if self.listed_in is None else listed[self.listed_in]:
            yield str(entry[self.id_field]), entry

    def inner(self, answer: Any) -> Document:
        """The object in an answer; some answer with a list of one."""
        found = answer if self.answered_in is None else answer[self.answered_in]
        return found[0] if isinstance(found, list) else found  # type: ignore[no-any-return]


@dataclass(frozen=True)
class JsonApi:
    """JSON:API: `{"data": {"type", "id", "attributes", "relationships"}}`.

    What stands beside the data is in the document too, as `included`.
    """

    path: str
    """May hold properties of what the object belongs to: `/api/v2/team/{teamId}/memberships`."""
    type: str
    changed_type: str | None = None
    """The type in changes, where it differs."""
    method: str = "PATCH"
    include: str = ""
    names_id: bool = True
    """Whether a change says the id in its body."""
    typed: bool = True
    """Whether requests say the type."""

    def create(self, api: Api, document: Document, known: Properties) -> tuple[str, Document]:
        body = {"data": self._data(document, self.type)}
        path = self.at(known)
        made = self._inner(there(api.call("POST", path, body, self._query()), path))
        return str(made["id"]), made

    def read(self, api: Api, id_: str, known: Properties) -> Document | None:
        found = api.call("GET", f"{self.at(known)}/{id_}", query=self._query())
        return None if found is None else self._inner(found)

    def update(self, api: Api, id_: str, document: Document, known: Properties) -> Document | None:
        data = self._data(document, self.changed_type or self.type)
        if self.names_id:
            data["id"] = id_
        else:
            data.pop("id", None)
        path = f"{self.at(known)}/{id_}"
        changed = api.call(self.method, path, {"data": data}, self._query())
        return None if changed is None else self._inner(changed)

    def delete(self, api: Api, id_: str, known: Properties, forced: bool) -> None:
        api.call("DELETE", f"{self.at(known)}/{id_}")

    def list(self, api: Api, known: Properties) -> Iterator[tuple[str, Document]]:
        for entry in (api.call("GET", self.at(known)) or {"data": []})["data"]:
            yield str(entry["id"]), entry

    def at(self, known: Properties) -> str:
        """The path with the ids of what the object belongs to."""
        try:
            return self.path.format_map(known)
        except KeyError as missing:
            raise CloudError(f"{self.path} needs {missing}, as TYPE:ID in an import") from None

    def _data(self, document: Document, type_: str) -> Document:
        return {**document, "type": type_} if self.typed else dict(document)

    def _query(self) -> dict[str, str] | None:
        return {"include": self.include} if self.include else None

    def _inner(self, answer: Any) -> Document:
        inner: Document = dict(answer["data"])
        if "included" in answer:
            inner["included"] = answer["included"]
        return inner


def there(answer: Any, path: str) -> Any:
    """An answer; CloudError where there is nothing at a path."""
    if answer is None:
        raise CloudError(f"{path} is not there")
    return answer
