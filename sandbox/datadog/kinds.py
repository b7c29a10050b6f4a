"""One kind of object as a table row: its endpoints, its models, its rules.

Most of Datadog's API is the same five operations on objects in an envelope. What differs is said in
a `Kind`; only what answers in a form of its own has code of its own.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from flask import Blueprint, Response, jsonify, request

from sandbox.datadog import models
from sandbox.datadog.answers import Refused, body, numbered_page, refuse_faults
from sandbox.datadog.store import Document, Store, new_id


@dataclass(frozen=True)
class Change:
    """An object about to be stored or deleted.

    document: as it would be. before: as it was; None for a new one.
    parents: the ids in the path, such as ``{"team_id": "..."}``.
    """

    store: Store
    id: str
    document: Document
    before: Document | None
    parents: Mapping[str, str]

    @property
    def fields(self) -> Document:
        """The attributes of a JSON:API object; a plain object itself."""
        attributes = self.document.get("attributes")
        return attributes if isinstance(attributes, dict) else self.document

    def related(self, name: str) -> list[str]:
        """The ids that a relationship names."""
        data = self.document.get("relationships", {}).get(name, {}).get("data") or []
        return [entry["id"] for entry in (data if isinstance(data, list) else [data])]


Rules = Callable[[Change], Iterable[str]]
"""The faults of a change beyond its shape; may raise `Refused` itself."""


def _nothing(_: Change) -> Iterable[str]:
    return ()


class Envelope:
    """How objects are wrapped. This one is JSON:API's, ``{"data": {id, type, attributes}}``."""

    inner = "attributes"

    def taken(self, sent: Document) -> Document:
        """The object in a request."""
        data = sent.get("data")
        return dict(data) if isinstance(data, dict) else {}

    def shown(self, store: Store, document: Document) -> Any:
        """The answer with one object."""
        return {"data": document}

    def listed(self, store: Store, documents: list[Document]) -> Any:
        """The answer with many."""
        return {"data": documents}


class Plain(Envelope):
    """Objects as they are. `listed_in`: the field that holds a list of them, if any."""

    inner = ""

    def __init__(self, listed_in: str | None = None) -> None:
        self._listed_in = listed_in

    def taken(self, sent: Document) -> Document:
        return dict(sent)

    def shown(self, store: Store, document: Document) -> Any:
        return document

    def listed(self, store: Store, documents: list[Document]) -> Any:
        return documents if self._listed_in is None else {self._listed_in: documents}


JSON_API = Envelope()


@dataclass(frozen=True)
class Kind:
    """A kind of object.

    name: what Datadog's operations call it: ``Team`` gives ``GetTeam``; plural: ``ListTeams``;
    empty where Datadog lists none.
    path: where they are; ids of what they belong to as ``<team_id>``.
    created, changed: the client's models of the requests; None refuses the operation.
    answer, answers: its models of one and of many.
    """

    name: str
    plural: str
    path: str
    created: type | None
    changed: type | None
    answer: type
    answers: type
    type: str | None = None
    """The type in answers, where it is not that of the request."""
    envelope: Envelope = JSON_API
    method: str = "PATCH"
    """How it is changed. PATCH keeps the attributes that are not named, PUT does not."""
    given: Callable[[Change], Document] = lambda _: {}
    """The fields that Datadog gives it, at each change."""
    made: Callable[[Change], Document] = lambda _: {}
    """The fields that Datadog gives it when it is made, and keeps."""
    rules: Rules = _nothing
    holders: Callable[[Change], Iterable[str]] = _nothing
    """What refers to it: while there is something, it cannot be deleted."""
    id_field: str = "id"
    id_of: Callable[[Document], str] = lambda _: new_id()
    """The id of a new one. An id that is taken is refused."""
    deleted: Callable[[Change], None] = lambda _: None
    """What else happens when it is deleted."""
    deleted_as: str = "id"
    """The field of the answer to a deletion, where there is an answer."""
    statuses: Mapping[str, int] = field(default_factory=dict)
    """The statuses of ``create`` and ``delete`` where they are not 200 and 204."""


def blueprint(name: str, store: Store, *kinds: Kind) -> Blueprint:
    """The endpoints of kinds."""
    api = Blueprint(name, __name__)
    for kind in kinds:
        add(api, store, kind)
    return api


def add(api: Blueprint, store: Store, kind: Kind, deletes: bool = True) -> None:
    """The endpoints of one kind; `deletes`: also the one that deletes."""

    def list_() -> Response:
        with store.lock:
            documents = numbered_page(of_path(store, kind))
            return jsonify(kind.envelope.listed(store, documents))

    def get() -> Response:
        with store.lock:
            return jsonify(kind.envelope.shown(store, found(store, kind)))

    def create_() -> tuple[Response, int]:
        with store.lock:
            document = create(store, kind, body())
            shown = kind.envelope.shown(store, document)
            return jsonify(shown), kind.statuses.get("create", 200)

    def update_() -> Response:
        with store.lock:
            return jsonify(kind.envelope.shown(store, update(store, kind, body())))

    def delete_() -> tuple[Response | str, int]:
        with store.lock:
            id_ = delete(store, kind)
        status = kind.statuses.get("delete", 204)
        return ("", status) if status == 204 else (jsonify({kind.deleted_as: id_}), status)

    one = f"{kind.path}/<id_>"
    routes: list[tuple[str, str, str, Callable[[], Any]]] = [
        (one, "GET", f"Get{kind.name}", get),
    ]
    if kind.plural:
        routes.append((kind.path, "GET", f"List{kind.plural}", list_))
    if kind.created is not None:
        routes.append((kind.path, "POST", f"Create{kind.name}", create_))
    if kind.created is not None and deletes:
        routes.append((one, "DELETE", f"Delete{kind.name}", delete_))
    if kind.changed is not None:
        routes.append((one, kind.method, f"Update{kind.name}", update_))
    for path, method, endpoint, view in routes:
        # Ids are read off the request, so that one view serves kinds with and without parents.
        api.add_url_rule(path, endpoint, _without_ids(view), methods=[method])


def create(store: Store, kind: Kind, sent: Document) -> Document:
    """Check and store a new object."""
    assert kind.created is not None
    refuse_faults(models.faults(kind.created, sent))
    document = kind.envelope.taken(sent)
    if kind.type is not None:
        document["type"] = kind.type
    id_ = kind.id_of(document)
    held = store.held[kind.name]
    key = _key(id_)
    if key in held:
        raise Refused(409, f"{kind.name} {id_} already exists.")
    document[kind.id_field] = id_
    change = Change(store, id_, document, None, _parents())
    refuse_faults(kind.rules(change))
    change.fields.update(kind.made(change))
    change.fields.update(kind.given(change))
    held[key] = document
    return document


def update(store: Store, kind: Kind, sent: Document) -> Document:
    """Check a change and make it."""
    assert kind.changed is not None
    before = found(store, kind)
    refuse_faults(models.faults(kind.changed, sent))
    taken = kind.envelope.taken(sent)
    id_: str = before[kind.id_field]
    if taken.get(kind.id_field, id_) != id_:
        raise Refused(400, f"The {kind.id_field} in the body is not {id_}.")
    inner = kind.envelope.inner
    old, new = (before[inner], taken.get(inner, {})) if inner else (before, taken)
    fields: Document = {**old, **new} if kind.method == "PATCH" else dict(new)
    document = {**before, **taken, inner: fields} if inner else fields
    document[kind.id_field] = id_
    if inner:
        document["type"] = before["type"]
    change = Change(store, id_, document, before, _parents())
    refuse_faults(kind.rules(change))
    kept = {name: old.get(name, value) for name, value in kind.made(change).items()}
    change.fields.update({**kept, **kind.given(change)})
    store.held[kind.name][_key(id_)] = document
    return document


def delete(store: Store, kind: Kind) -> str:
    """Delete the object of the path, unless something refers to it."""
    document = found(store, kind)
    id_: str = document[kind.id_field]
    change = Change(store, id_, document, document, _parents())
    holders = list(kind.holders(change))
    if holders and request.args.get("force") != "true":
        raise Refused(409, f"{kind.name} {id_} is referenced by {', '.join(holders)}")
    del store.held[kind.name][_key(id_)]
    kind.deleted(change)
    return id_


def found(store: Store, kind: Kind) -> Document:
    """The object that the path names."""
    id_ = (request.view_args or {})["id_"]
    document = store.held[kind.name].get(_key(id_))
    if document is None:
        raise Refused(404, f"{kind.name} {id_} not found")
    return document


def of_path(store: Store, kind: Kind) -> list[Document]:
    """All objects of a kind that belong to what the path names, oldest first."""
    before = _key("")
    return [held for key, held in store.held[kind.name].items() if key.startswith(before)]


def _parents() -> dict[str, str]:
    return {name: id_ for name, id_ in (request.view_args or {}).items() if name != "id_"}


def _key(id_: str) -> str:
    return "/".join([*_parents().values(), id_])


def _without_ids(view: Callable[[], Any]) -> Callable[..., Any]:
    return lambda **_: view()
