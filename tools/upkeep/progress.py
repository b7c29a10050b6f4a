"""What the engine is doing, as it does it, and what went wrong, in the program's own words."""

import re
import time
from collections import Counter
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from tools.upkeep.pulumi import Event

# The engine's own remarks behind the real reason.
_ECHOES = re.compile(
    r"^(an unhandled error occurred: program exited|update failed|preview failed|destroy failed"
    r"|refresh failed|resource registration|update canceled|preview canceled)",
    re.IGNORECASE,
)
_DOING = {
    "create": "creating",
    "update": "updating",
    "delete": "deleting",
    "replace": "replacing",
    "create-replacement": "replacing",
    "delete-replaced": "replacing",
    "refresh": "reading",
    "read": "reading",
    "import": "importing",
    "same": "looking at",
}
_PLAIN_SECONDS = 10.0
# So that a long name does not push the bar together.
_CURRENT_LONGEST = 40


class Watch:
    """Follows the events of one operation; a context manager around it.

    what: the words in front, such as ``prod``.
    """

    def __init__(self, console: Console, what: str) -> None:
        self._console = console
        self._what = what
        self._seen: set[str] = set()
        self._done: set[str] = set()
        self._failed: set[str] = set()
        self._last_plain = time.monotonic()
        self.changes: Counter[str] = Counter()
        self.errors: list[str] = []
        self.warnings: list[str] = []
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TextColumn("{task.fields[count]}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[current]}", style="dim"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bar.add_task(what, total=None, count="reading the plan", current="")

    def __enter__(self) -> "Watch":
        if self._bar.disable:
            self._console.print(f"{self._what}: started", highlight=False)
        self._bar.start()
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    @property
    def done(self) -> int:
        """How many resources were finished with, the unchanged among them."""
        return len(self._done)

    def __call__(self, event: Event) -> None:
        """Take note of an event of the engine."""
        if (begun := event.get("resourcePreEvent")) is not None:
            metadata = begun["metadata"]
            self._seen.add(metadata["urn"])
            self._show(f"{_DOING.get(metadata['op'], metadata['op'])} {_name(metadata['urn'])}")
        elif (ended := event.get("resOutputsEvent")) is not None:
            self._done.add(ended["metadata"]["urn"])
            self._show()
        elif (failed := event.get("resOpFailedEvent")) is not None:
            self._failed.add(failed["metadata"]["urn"])
        elif (said := event.get("diagnosticEvent")) is not None:
            self._note(said)
        elif (summary := event.get("summaryEvent")) is not None:
            self.changes.update(summary["resourceChanges"] or {})

    def _show(self, current: str | None = None) -> None:
        if current is not None:
            self._bar.update(self._task, current=escape(current[:_CURRENT_LONGEST]))
        done, seen = len(self._done), len(self._seen)
        count = f"{done} of {seen} resources"
        self._bar.update(self._task, completed=done, total=seen, count=count)
        now = time.monotonic()
        if self._bar.disable and now - self._last_plain > _PLAIN_SECONDS:
            self._last_plain = now
            self._console.print(
                f"{self._what}: {len(self._done)} of {len(self._seen)} resources",
                highlight=False,
            )

    def _note(self, said: Event) -> None:
        message = said["message"].strip()
        if said.get("ephemeral") or not message or _ECHOES.match(message):
            return
        if (urn := said.get("urn")) and "pulumi:pulumi:Stack" not in urn:
            message = f"{_name(urn)}: {message}"
        if said["severity"] == "error" and message not in self.errors:
            self.errors.append(message)
        elif said["severity"] == "warning" and message not in self.warnings:
            self.warnings.append(message)


def _name(urn: str) -> str:
    """``backup.Vault orders-recovery`` from a resource's URN."""
    kind, _, name = urn.split("::", 2)[-1].rpartition("::")
    return f"{short_type(kind.rpartition('$')[2])} {name}"


def short_type(token: str) -> str:
    """``backup.Vault`` from ``aws:backup/vault:Vault``."""
    package, module, name = [*token.split(":"), "", ""][:3]
    module = module.partition("/")[0]
    if module in ("", "index") or package in ("pulumi", "upkeep"):
        return name or token
    return f"{module}.{name}"
