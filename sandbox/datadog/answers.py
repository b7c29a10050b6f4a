"""How the API answers: JSON, and refusals in Datadog's form."""

from collections.abc import Iterable
from typing import Any, TypeVar

from flask import request

Item = TypeVar("Item")


class Refused(Exception):
    """A request that Datadog turns down.

    status: the HTTP status. errors: the texts of ``{"errors": [...]}``.
    """

    def __init__(self, status: int, *errors: str) -> None:
        super().__init__("; ".join(errors))
        self.status = status
        self.errors = list(errors)


def body() -> dict[str, Any]:
    """The request's JSON object; refused when it is anything else."""
    value = request.get_json(silent=True)
    if not isinstance(value, dict):
        raise Refused(400, "The request body is not a JSON object.")
    return value


def refuse_faults(faults: Iterable[str]) -> None:
    """Refuse the request when there are faults, with all of them."""
    found = list(faults)
    if found:
        raise Refused(400, *found)


def page(items: list[Item], number: str = "page") -> list[Item]:
    """The page of a list that the query parameters ask for; all of it without ``page_size``."""
    try:
        size = int(request.args.get("page_size", 0))
        start = int(request.args.get(number, 0)) * size
    except ValueError:
        raise Refused(400, f"{number} and page_size must be whole numbers") from None
    return items[start : start + size] if size > 0 else items


def numbered_page(items: list[Item]) -> list[Item]:
    """The page that ``page[size]`` or ``page[limit]`` ask for, from ``page[number]`` or
    ``page[offset]``; all of it without a size."""
    asked = request.args
    try:
        size = int(asked.get("page[size]", asked.get("page[limit]", 0)))
        start = int(asked.get("page[offset]", int(asked.get("page[number]", 0)) * size))
    except ValueError:
        raise Refused(400, "pages are whole numbers") from None
    return items[start : start + size] if size > 0 else items
