"""``make preview STACK=prod``: what a deployment would change."""

from rich.console import Console

from tools.upkeep import check, local, settings
from tools.upkeep.deploy import prepared
from tools.upkeep.engine import engine
from tools.upkeep.only_one import only_one
from tools.upkeep.operation import operate
from tools.upkeep.paths import BUILD, PROJECT

_WORDS = {
    "create": "to create",
    "update": "to update",
    "replace": "to replace",
    "delete": "to delete",
    "same": "unchanged",
}


def preview(console: Console, stack: str | None) -> None:
    """Show what ``pulumi preview`` shows, against the running sandbox and its state, or against
    the bare estate where none runs."""
    stacks = settings.chosen(PROJECT, stack)
    check.refuse_broken(check.report_on(stacks))
    with only_one(BUILD / "up.lock", "another `make up` or `make down` is running here"):
        using = engine()
        with local.sandbox(console) as (addresses, _running):
            pulumi = local.bound(using, addresses)
            for name in stacks:
                file = prepared(console, pulumi, name)
                done = operate(console, pulumi, name, file, ["preview", "--diff"])
                console.print(done.output.strip(), highlight=False, markup=False, soft_wrap=True)
                counts = [
                    f"{count} {_WORDS[kind]}"
                    for kind, count in done.changes.items()
                    if kind in _WORDS
                ]
                console.print(f"\n{name}: {', '.join(counts) or 'nothing'}\n", style="bold")
