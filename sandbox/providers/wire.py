"""Protobuf structs as plain Python values and back, by Pulumi's own conventions."""

from __future__ import annotations

from typing import Any

from google.protobuf import struct_pb2

from sandbox.providers.cloud import UNKNOWN, Properties

_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"
_OUTPUT = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_UNKNOWN_STRING = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
# One marker for each kind of value (boolean, number, array, asset, archive, object); the kind is of
# no use here, since a check lets any unknown pass.
_UNKNOWNS = frozenset(
    {
        _UNKNOWN_STRING,
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",
        "030794c1-ac77-496b-92df-f27374a8bd58",
        "e48ece36-62e2-4504-bad9-02848725956a",
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",
    }
)


def from_struct(struct: struct_pb2.Struct) -> Properties:
    """A struct's values: secrets unwrapped, whole numbers as `int`, unknowns as `UNKNOWN`."""
    return {key: _from_value(value) for key, value in struct.fields.items()}


def _from_value(value: struct_pb2.Value) -> Any:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        text = value.string_value
        return UNKNOWN if text in _UNKNOWNS else text
    if kind == "number_value":
        number = value.number_value
        return int(number) if number.is_integer() else number
    if kind == "bool_value":
        return value.bool_value
    if kind == "list_value":
        return [_from_value(item) for item in value.list_value.values]
    if kind == "struct_value":
        fields = value.struct_value.fields
        if _SIGNATURE in fields:
            signature = fields[_SIGNATURE].string_value
            if signature in (_SECRET, _OUTPUT):
                return _from_value(fields["value"]) if "value" in fields else UNKNOWN
        return from_struct(value.struct_value)
    return None


def to_struct(properties: Properties) -> struct_pb2.Struct:
    """The struct of `properties`; entries that are None are left out, as Pulumi's SDKs do."""
    struct = struct_pb2.Struct()
    for key, value in properties.items():
        if value is not None:
            struct.fields[key].CopyFrom(_to_value(value))
    return struct


def _to_value(value: Any) -> struct_pb2.Value:
    if value is UNKNOWN:
        return struct_pb2.Value(string_value=_UNKNOWN_STRING)
    if value is None:
        return struct_pb2.Value(null_value=struct_pb2.NULL_VALUE)
    if isinstance(value, bool):
        return struct_pb2.Value(bool_value=value)
    if isinstance(value, (int, float)):
        return struct_pb2.Value(number_value=value)
    if isinstance(value, str):
        return struct_pb2.Value(string_value=value)
    if isinstance(value, dict):
        return struct_pb2.Value(struct_value=to_struct(value))
    if isinstance(value, (list, tuple)):
        return struct_pb2.Value(
            list_value=struct_pb2.ListValue(values=[_to_value(item) for item in value])
        )
    raise TypeError(f"a {type(value).__name__} cannot be sent to Pulumi: {value!r}")
