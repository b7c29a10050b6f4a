"""Values survive the way to the engine and back."""

import pytest
from google.protobuf import json_format, struct_pb2
from hypothesis import given
from hypothesis import strategies as st

from sandbox.providers.cloud import UNKNOWN
from sandbox.providers.wire import from_struct, to_struct

scalars = st.one_of(
    st.text(max_size=8),
    st.booleans(),
    st.integers(min_value=-(2**53), max_value=2**53),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda it: not it.is_integer()),
    st.just(UNKNOWN),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.slow
@given(st.dictionaries(st.text(max_size=6), values, max_size=4))
def test_there_and_back(properties: dict[str, object]) -> None:
    assert from_struct(to_struct(properties)) == properties


def test_nothing_is_left_out() -> None:
    assert from_struct(to_struct({"a": None, "b": {"c": None}, "d": [None]})) == {
        "b": {},
        "d": [None],
    }


def test_a_secret_is_unwrapped_and_an_output_without_a_value_is_unknown() -> None:
    marker = "4dabf18193072939515e22adb298388d"
    struct = struct_pb2.Struct()
    json_format.ParseDict(
        {
            "secret": {marker: "1b47061264138c4ac30d75fd1eb44270", "value": "open"},
            "later": {marker: "d0e6a833031e9bbcd3f4e8bde6ca49a4"},
            "port": 5432.0,
        },
        struct,
    )
    assert from_struct(struct) == {"secret": "open", "later": UNKNOWN, "port": 5432}
