"""What a change does to recovery points and times: before and after, as Markdown.

Before is what the last deployment left in its stack outputs; after is what this checkout proves of
the stack's plan, with what that deployment had found in the estate.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pulumi_upkeep.plan.check import StackReport, check_files
from pulumi_upkeep.plan.proofs import EstateFacts
from pulumi_upkeep.plan.proofs.outputs import judged_in, promises_output

from tools.upkeep.markdown import code
from tools.upkeep.objectives import Promise, short

# The stack outputs that are compared; none of them holds a secret.
OUTPUTS = ("promises", "protection_cost", "estate_facts")

# Above this many rows the rest is counted.
_ROWS = 40
_CODE = {"rpo": "RPO", "rto": "RTO", "retention": "kept"}

Key = tuple[str, str, str, str]


def section(stack_file: Path, outputs: Mapping[str, Any]) -> str:
    """The Markdown; empty where nothing was deployed before, or the plan cannot be proved.

    outputs   those of the last deployment, as far as they are among ``OUTPUTS``
    """
    try:
        before = judged_in(outputs["promises"])
        facts = EstateFacts.from_data(outputs["estate_facts"])
    except (KeyError, TypeError, AttributeError, ValueError):
        return ""
    (report,) = check_files([stack_file], facts).stacks
    if report.faults or not report.promises:
        return ""
    after = judged_in(promises_output(report.proof))
    rows = list(_rows(_by_key(before), _by_key(after)))
    lines = [*_costs(outputs.get("protection_cost") or {}, report)]
    if not rows:
        return "".join(["\nRecovery points and times: as before.\n", *lines])
    left_out = len(rows) - _ROWS
    more = [f"\n{left_out} more changed\n"] if left_out > 0 else []
    head = (
        "\n**Recovery points and times**\n\n| promise | after | before | with this change |\n"
        "| --- | --- | --- | --- |\n"
    )
    return "".join([head, *rows[:_ROWS], *more, *lines])


def _by_key(promises: list[dict[str, Any]]) -> dict[Key, Promise]:
    return {
        (each["kind"], each["item"], each["detail"], each["after"] or ""): each for each in promises
    }


def _rows(before: Mapping[Key, Promise], after: Mapping[Key, Promise]) -> Iterator[str]:
    for key in [*after, *(key for key in before if key not in after)]:
        was, becomes = _said(before.get(key)), _said(after.get(key))
        if was == becomes:
            continue
        kind, item, detail, mode = key
        what = " ".join(part for part in (_CODE[kind], item, detail) if part)
        worse = _worse(before.get(key), after.get(key))
        text = f"**{becomes}** (worse)" if worse else becomes
        yield f"| {code(what)} | {mode or ' '} | {was} | {text} |\n"


def _said(promise: Promise | None) -> str:
    if promise is None:
        return "not there"
    if promise["computed"] is None:
        figure = "everything is lost" if promise["kind"] == "rpo" else "never"
        figure = "none" if promise["kind"] == "retention" else figure
    else:
        star = "\\*" if promise["assumed"] and promise["computed_seconds"] else ""
        figure = f"{short(promise['computed'])}{star}"
    if not promise["covered"]:
        return f"{figure}, not promised"
    state = "" if promise["kept"] else ", missed"
    return f"{figure} of {short(promise['promised'])}{state}"


def _worse(was: Promise | None, becomes: Promise | None) -> bool:
    """Whether less is promised, or what is computed moves away from it."""
    if was is None or becomes is None:
        return becomes is None
    if was["covered"] and not becomes["covered"]:
        return True
    if was["computed"] is None or becomes["computed"] is None:
        return was["computed"] is not None
    old, new = was["computed_seconds"], becomes["computed_seconds"]
    return bool(new < old if becomes["kind"] == "retention" else new > old)


def _costs(before: Mapping[str, Any], report: StackReport) -> Iterator[str]:
    costs = report.proof.costs
    was = before.get("usd_a_month")
    becomes = round(costs.usd, 2)
    as_of = costs.as_data()["as_of"]
    if isinstance(was, (int, float)) and round(was) != round(becomes):
        yield (
            f"\nProtection would cost about ${becomes:,.0f} a month at list prices of {as_of}; "
            f"before ${was:,.0f}.\n"
        )
