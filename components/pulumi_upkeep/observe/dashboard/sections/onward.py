"""Where to look next: the newest errors in the logs, and the pages that help."""

from collections.abc import Iterator

from ..panel import Panel, Query
from .scene import Scene


def logs(scene: Scene) -> Iterator[Panel]:
    """The newest errors, where nobody who knows more of the logs shows them."""
    yield Panel(
        "Logs: newest errors",
        "logs",
        "next",
        queries=(Query(f"{scene.env} status:(error OR critical OR emergency){scene.chosen}"),),
    )


def pages(scene: Scene) -> Iterator[Panel]:
    """Where every alert leads, and the page of each service."""
    links = " · ".join(
        f"[{name}]({scene.page(service.runbook)})"
        for name, service in sorted(scene.services.items())
        if service.runbook
    )
    text = f"**Every alert has its page** below [{scene.runbooks}]({scene.runbooks})."
    if links:
        text += f" When a service fails: {links}."
    yield Panel("Runbooks", "note", "next", text=text)
