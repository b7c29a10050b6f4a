"""Spelling: a text that has to be of a certain form, and what is said where it is not.

A pattern says it to a program. A person is told the rule, and the nearest text that would do.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

from .faults import NotInWords


@dataclass(frozen=True)
class Spelling:
    """For the annotation of a text: ``Annotated[str, Spelling(...)]``.

    pattern   of the whole text; stands in the schema, by which editors complete
    rule      the same for people, with its source
    such_as   a text that would do
    near      makes of what was written what was probably meant; default: ``such_as`` is shown
    """

    pattern: str
    rule: str
    such_as: str
    near: Callable[[str], str] | None = None

    def check(self, written: str) -> str:
        """The text itself; ``NotInWords`` with the nearest one where it is not of the form."""
        if re.fullmatch(self.pattern, written):
            return written
        close = self.near(written) if self.near else ""
        fits = close and re.fullmatch(self.pattern, close)
        raise NotInWords(self.rule, f"write `{close}`" if fits else f"such as `{self.such_as}`")

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        return core_schema.no_info_after_validator_function(self.check, handler(source))

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {**handler(schema), "pattern": self.pattern}


def untold(text: str) -> str:
    """A text of the plan that stands in messages: the text itself.

    Raises ``NotInWords`` where it would speak to Datadog there: braces are its variables and
    blocks, and an ``@`` names whom it tells [Datadog, notification variables].
    """
    if match := _SPEAKS.search(text):
        what = "tells somebody" if "@" in match[0] else "is a variable or a block"
        raise NotInWords(f"stands in messages, where `{match[0]}` {what} [Datadog]", "leave it out")
    return text


_SPEAKS = re.compile(r"[{}]+|(?<![\w.])@[\w-]+")


def dashed(written: str) -> str:
    """``Home_Page`` as ``home-page``."""
    return re.sub(r"[^a-z0-9]+", "-", written.lower()).strip("-")
