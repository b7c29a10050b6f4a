"""Every Datadog type of the stand-in's table: made, read, refreshed, changed, found, imported,
deleted; and what Datadog's own client makes of it."""

import threading
from collections.abc import Iterator
from typing import Any

import pytest
from werkzeug.serving import make_server

from sandbox.datadog.app import create_app, empty
from sandbox.datadog.store import Store
from sandbox.providers.cloud import UNKNOWN, Difference, Stored
from sandbox.providers.datadog import Datadog
from sandbox.providers.datadog.resources import RESOURCES
from tests.datadog_types import EXAMPLES, Example, Ref, resolved

CONFIG = {"apiKey": "key", "appKey": "key"}
# Cancelled, and shown as that: the official provider goes on showing it, too.
STAYS = {"downtimeSchedule"}
each = pytest.mark.parametrize("name", EXAMPLES)


@pytest.fixture(scope="module")
def running() -> Iterator[tuple[Store, str]]:
    store = Store()
    server = make_server("127.0.0.1", 0, create_app(store), threaded=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield store, f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def cloud(running: tuple[Store, str]) -> Datadog:
    """A stand-in, and a Datadog with nothing in it."""
    store, address = running
    empty(store)
    return Datadog(address)


def needed(value: Any) -> list[str]:
    """The examples that a value refers to, with those that they need before them."""
    if isinstance(value, Ref):
        return [*needed(EXAMPLES[value.example].inputs), value.example]
    if isinstance(value, Example):
        others = [name for other in value.after for name in [*needed(EXAMPLES[other]), other]]
        return [*needed([value.inputs, value.change]), *others]
    items = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return [name for item in items for name in needed(item)]


def make(cloud: Datadog, example: Example, inputs: dict[str, Any]) -> Stored:
    checked = cloud.check(example.token, "name", inputs, None, CONFIG)
    assert checked.failures == []
    return cloud.create(example.token, "name", checked.inputs, CONFIG)


def with_others(cloud: Datadog, name: str) -> tuple[Example, dict[str, Any], dict[str, Any]]:
    """An example, its inputs and its changed inputs, with all that they stand on made."""
    example = EXAMPLES[name]
    made: dict[str, dict[str, Any]] = {}
    for other in dict.fromkeys(needed(example)):
        inputs = resolved(EXAMPLES[other].inputs, made)
        stored = make(cloud, EXAMPLES[other], inputs)
        made[other] = {"id": stored.id, **stored.outputs}
    return example, resolved(example.inputs, made), resolved(example.changed, made)


def test_there_is_an_example_of_every_type() -> None:
    assert {example.token for example in EXAMPLES.values()} == RESOURCES.keys()


@pytest.mark.slow
@each
def test_a_type_lives_its_life(cloud: Datadog, name: str) -> None:
    example, inputs, changed = with_others(cloud, name)
    token = example.token
    assert cloud.find(token, inputs, CONFIG) is None
    planned = cloud.planned(token, inputs, None)
    assert {key for key, value in planned.items() if value is UNKNOWN} == example.outputs

    made = make(cloud, example, inputs)
    assert made.outputs.keys() == inputs.keys() | example.outputs
    assert cloud.find(token, inputs, CONFIG) == made.id
    assert cloud.read(token, made.id, inputs, made.outputs, CONFIG) == Stored(
        made.id, made.outputs, inputs
    )
    assert cloud.diff(token, made.id, inputs, inputs, made.outputs, CONFIG) == Difference()

    change = cloud.diff(token, made.id, changed, inputs, made.outputs, CONFIG)
    assert {path.partition(".")[0].partition("[")[0] for path in change.changed} == set(
        example.change
    )
    assert change.replaces == frozenset()
    if not example.change:
        # Nothing changes in place: whatever is declared otherwise is another one.
        assert RESOURCES[token].replaces >= inputs.keys()
        cloud.delete(token, made.id, inputs, made.outputs, CONFIG)
        assert cloud.read(token, made.id, inputs, made.outputs, CONFIG) is None
        return
    outputs = cloud.update(token, made.id, changed, inputs, made.outputs, CONFIG)
    read = cloud.read(token, made.id, changed, outputs, CONFIG)
    assert read == Stored(made.id, outputs, changed)
    # Declared as before, the change is seen as one from outside.
    drifted = cloud.read(token, made.id, inputs, made.outputs, CONFIG)
    assert drifted is not None
    assert drifted.inputs is not None
    seen = cloud.diff(token, made.id, inputs, drifted.inputs, drifted.outputs, CONFIG)
    assert seen.changed or name == "password"  # nobody is told a secret

    for _ in range(2):  # what is gone is no error
        cloud.delete(token, made.id, changed, outputs, CONFIG)
    gone = cloud.read(token, made.id, changed, outputs, CONFIG)
    assert (gone is None) is (example.type not in STAYS)
    assert cloud.find(token, changed, CONFIG) is None


@pytest.mark.slow
@each
def test_an_imported_one_needs_no_change(cloud: Datadog, name: str) -> None:
    example, inputs, _ = with_others(cloud, name)
    made = make(cloud, example, inputs)
    parent = {"teamMembership": "teamId", "statusPageComponent": "pageId"}.get(example.type)
    said = made.id if parent is None else f"{inputs[parent]}:{made.id}"
    if "UserNotification" in example.type:
        said = f"{inputs['userId']},{made.id}"

    imported = cloud.read(example.token, said, {}, {}, CONFIG)

    assert imported is not None
    assert imported.inputs is not None
    assert imported.id == made.id
    change = cloud.diff(
        example.token, made.id, inputs, imported.inputs, imported.outputs, CONFIG
    ).changed
    filled = {path.partition(".")[0] for path in change}
    # What was never said was filled in, and is told by an import.
    resource = RESOURCES[example.token]
    assert filled <= resource.optional | resource.local | resource.untold
    assert all(path not in inputs or path in resource.untold for path in filled)
