"""Faults: what is wrong with a plan, said so that a person can mend it.

Everything that refuses something (the reader of a stack file, the proofs, a component) speaks
through :class:`Fault`, so that a fault looks the same wherever it is found.
"""

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails


@dataclass(frozen=True, order=True)
class Fault:
    """One thing that cannot stand.

    path    where it is in the plan, e.g. ``backups.plans.database.tiers.daily.keep``
    value   what stands there, as written; ``None`` where something is missing
    rule    the rule it breaks, and whose rule that is
    remedy  the nearest value that would do; empty where only a person can know
    """

    path: str
    rule: str
    value: str | None = None
    remedy: str = ""

    def __str__(self) -> str:
        value = "" if self.value is None else f" = {self.value}"
        remedy = f"; {self.remedy}" if self.remedy else ""
        return f"{self.path}{value}: {self.rule}{remedy}"


class PlanError(ValueError):
    """A plan, or a component's arguments, that cannot stand; carries all faults at once."""

    def __init__(self, faults: Iterable[Fault], about: str = "plan") -> None:
        self.faults = sorted(set(faults))
        self.about = about
        super().__init__(render(self.faults, about))


def render(faults: Sequence[Fault], about: str) -> str:
    """The faults as people read them: a line that counts, then one line each."""
    count = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
    return "\n".join([f"{about}: {count}", *(f"  {fault}" for fault in faults)])


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that was probably meant, or None where nothing is near."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return close[0] if close else None


def from_validation(error: ValidationError, model: type[BaseModel], at: str = "") -> list[Fault]:
    """The faults of a failed validation: each with its path, value, rule and remedy."""
    found = error.errors(include_url=False)
    # What could not be read of a list makes it no shorter than it was written.
    inner = {details["loc"][:-1] for details in found}
    return [
        fault
        for details in found
        if not (details["type"] == "too_short" and details["input"] and details["loc"] in inner)
        for fault in _faults(details, model, at)
    ]


def _faults(details: ErrorDetails, model: type[BaseModel], at: str) -> list[Fault]:
    fault = _fault(details, model, at)
    reason = (details.get("ctx") or {}).get("error")
    if not isinstance(reason, PlanError):
        return [fault]
    # A validator that knows of several faults, or of a deeper place, raises them as they are.
    place = [at, *_written(details["loc"])] if at else _written(details["loc"])
    return [replace(inner, path=".".join([*place, inner.path])) for inner in reason.faults]


def _written(location: Sequence[int | str]) -> list[str]:
    """A location as it stands in the plan: without the names pydantic gives a union's members."""
    return [str(part) for part in location if not _MEMBER.match(str(part))]


# What pydantic adds to a location: the member of a union that was tried (members of ours are tagged
# ``<so>``), or that a key is meant.
_MEMBER = re.compile(r"^(<[a-z ]+>|\[key\])$")


# What pydantic says of a type, in the words of somebody who writes a plan.
_EXPECTED = {
    "dict_type": "expected a block of keys",
    "model_type": "expected a block of keys",
    "list_type": "expected a list",
    "tuple_type": "expected a list",
    "string_type": "expected text; put it in quotes",
    "int_type": "expected a whole number",
    "int_parsing": "expected a whole number",
    "int_from_float": "expected a whole number",
    "float_type": "expected a number",
    "float_parsing": "expected a number",
    "bool_type": "expected true or false",
    "bool_parsing": "expected true or false",
}


def _fault(details: ErrorDetails, model: type[BaseModel], at: str) -> Fault:
    location = _written(details["loc"])
    path = ".".join([at, *location] if at else location) or "plan"
    kind = details["type"]
    if kind == "extra_forbidden":
        known = _known_keys(model, details["loc"][:-1])
        close = nearest(location[-1], known)
        remedy = f"did you mean `{close}`?" if close else f"known here: {', '.join(known)}"
        return Fault(path, "not a word of the plan", None, remedy)
    if kind == "missing":
        return Fault(path, "missing", None, "required here")
    context = details.get("ctx") or {}
    reason = context.get("error")
    if isinstance(reason, NotInWords):
        # What is wrong with a whole block is said by the rule: its keys would say nothing.
        block = isinstance(details["input"], Mapping)
        value = None if block or details["input"] is None else shown(details["input"])
        return Fault(path, reason.rule, value, reason.remedy)
    if kind == "model_type" and context.get("class_name") == "Secret":
        # What stands there may be the secret itself: it must not be shown once more.
        return Fault(path, "names a secret, whose value never stands in a plan", None, _BY_NAME)
    if kind == "string_type" and isinstance(details["input"], (list, tuple)):
        return Fault(path, *_one_of_several(location[-1], details["input"]))
    if kind in _EXPECTED:
        value = None if details["input"] is None else shown(details["input"])
        return Fault(path, _EXPECTED[kind], value, _remedy(details, model))
    rule, remedy = _constrained(details)
    return Fault(path, rule, shown(details["input"]), remedy)


# Keys that name who answers for something.
_ANSWERS = ("by", "commander", "owner", "team")


def _one_of_several(key: str, given: Sequence[Any]) -> tuple[str, str, str]:
    """Rule, value and remedy of a list where one thing is named."""
    first = f"write `{given[0]}`" if len(given) == 1 else "name one"
    if key not in _ANSWERS or len(given) == 1:
        return "one is named here, without a list", shown(given), first
    count = {0: "no owner", 2: "two owners"}.get(len(given), f"{len(given)} owners")
    return f"{count}: one answers for it", shown(given), first


_BY_NAME = "write `{secret: <name>}`, and `pulumi config set --secret upkeep:<name>`"


def _remedy(details: ErrorDetails, model: type[BaseModel]) -> str:
    """What would do in place of a value of another kind; empty where nobody can tell."""
    given = details["input"]
    if details["type"] == "model_type" and (keys := _known_keys(model, details["loc"])):
        return f"keys here: {', '.join(keys)}"
    if details["type"] == "dict_type" and isinstance(given, (list, tuple)):
        return "a list has no names: write `<name>:` before each entry, and no `-`"
    if details["type"] in ("list_type", "tuple_type"):
        return f"write `[{given}]`" if isinstance(given, str) else "write `-` before each entry"
    return ""


# What people say for a word of the plan.
_SAID = {"24/7": "always", "24x7": "always"}


def _constrained(details: ErrorDetails) -> tuple[str, str]:
    """The rule of a value that is of the right kind and still not one of those that are taken,
    and the nearest one."""
    context, given = details.get("ctx") or {}, details["input"]
    match details["type"]:
        case "literal_error":
            words = re.findall(r"'([^']*)'|(\d+)", str(context["expected"]))
            known = [text or number for text, number in words]
            close = nearest(_SAID.get(str(given), str(given).lower()), known)
            rule = f"not one of {', '.join(known)}" if len(known) > 1 else "not taken here"
            only = f"write `{known[0]}`" if len(known) == 1 else ""
            return rule, f"did you mean `{close}`?" if close else only
        case "greater_than_equal":
            return f"{context['ge']} at least", f"nearest: `{context['ge']}`"
        case "less_than_equal":
            return f"{context['le']} at most", f"nearest: `{context['le']}`"
        case "greater_than":
            return f"must be above {context['gt']}", ""
        case "string_too_short" if context["min_length"] == 1:
            return "empty", "say it"
        case "string_too_short":
            return f"shorter than {context['min_length']} characters", "say a little more"
        case "too_short" if context["min_length"] == 1:
            return "empty", "name at least one"
        case "too_short":
            return f"fewer than {context['min_length']}", ""
    rule = details["msg"].removeprefix("Value error, ")
    return rule[:1].lower() + rule[1:], ""


class NotInWords(ValueError):
    """Raised by a validator that knows the rule and what would do."""

    def __init__(self, rule: str, remedy: str = "") -> None:
        self.rule = rule
        self.remedy = remedy
        super().__init__(rule)


def shown(value: Any) -> str:
    """A value as it was written, short enough for one line."""
    if isinstance(value, Mapping):
        # Sorted, because the engine hands blocks over sorted and faults read alike everywhere.
        return "{" + ", ".join(sorted(str(key) for key in value)) + "}"
    if isinstance(value, (list, tuple)):
        value = "[" + ", ".join(shown(each) for each in value) + "]"
    text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."


def _known_keys(model: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    """The keys that are known at a location, found by walking the model's annotations."""
    current: Any = model
    for part in location:
        current = _step(current, part)
    keys: list[str] = []
    for candidate in _models(current):
        keys += [field.alias or name for name, field in candidate.model_fields.items()]
    return keys


def _step(annotation: Any, part: int | str) -> Any:
    if _MEMBER.match(str(part)):
        return annotation
    for candidate in _models(annotation):
        for name, field in candidate.model_fields.items():
            if part in (name, field.alias):
                return field.annotation
    arguments = [inner for inner in getattr(annotation, "__args__", ()) if inner is not Ellipsis]
    return arguments[-1] if arguments else annotation


def _models(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    origin = getattr(annotation, "__origin__", None)
    if origin in (list, dict, tuple):
        return []
    return [found for inner in getattr(annotation, "__args__", ()) for found in _models(inner)]
