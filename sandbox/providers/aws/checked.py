"""Types that the sandbox's AWS lacks: requests are checked, the rest is kept in the state.

The request is built by the table as for any other type and held against the service's own model by
botocore's validator: unknown parameters, wrong types, missing ones, limits of length and range.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from botocore.exceptions import ParamValidationError
from botocore.session import Session
from botocore.validate import ParamValidator

from sandbox.providers.aws.api import Api
from sandbox.providers.aws.resource import Change, Create, Delete, Describe, Document, Update
from sandbox.providers.cloud import Properties


@functools.cache
def _model(service: str) -> Any:
    return Session().get_service_model(service)


def validate(service: str, operation: str, request: Document) -> None:
    """Raise `ParamValidationError` with all that is wrong with `request`."""
    shape = _model(service).operation_model(operation).input_shape
    report = ParamValidator().validate(request, shape)
    if report.has_errors():
        raise ParamValidationError(report=report.generate_report())


def create(service: str, operation: str, identify: Callable[[Api, Properties], str]) -> Create:
    """A creation that only checks; `identify` gives the id that AWS would."""

    def check(api: Api, request: Document, inputs: Properties) -> str:
        validate(service, operation, request)
        return identify(api, inputs)

    return check


def update(
    service: str, operation: str, also: Callable[[str], Document], *, without: tuple[str, ...] = ()
) -> Update:
    """An update that only checks. also: the parameters that name what is updated. without: those of
    the creation that an update does not take."""

    def check(api: Api, id_: str, request: Document, change: Change) -> None:
        kept = {key: value for key, value in request.items() if key not in without}
        validate(service, operation, {**kept, **also(id_)})

    return check


def describe(outputs: Callable[[Api, str, Properties], Document] | None = None) -> Describe:
    """What there would be to read: nothing but the outputs that AWS would add."""

    def known(api: Api, id_: str, properties: Properties) -> Document:
        return outputs(api, id_, properties) if outputs is not None else {}

    return known


def delete() -> Delete:
    """Nothing is there to be removed."""
    return lambda api, id_, known: None
