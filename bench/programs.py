"""The program of a plan against its resources declared raw, each in a process of its own."""

import json
from collections.abc import Callable
from pathlib import Path

from bench.measure import BenchError, Cost, in_turns, worker
from bench.plans import Configuration


class Pair:
    """Both sides of one plan. Made with it: what our side registers, for raw to declare."""

    def __init__(self, configuration: Configuration, folder: Path, name: str) -> None:
        self._config = folder / f"{name}.config.json"
        self._config.write_text(json.dumps(configuration.as_data()), encoding="utf-8")
        self.registrations = folder / f"{name}.registrations.json"
        _, self.fingerprint = worker("ours", self._config, self.registrations)

    @property
    def resources(self) -> int:
        """How many are declared."""
        return int(self.fingerprint.split()[0])

    def costs(self, rounds: int, done: Callable[[], None]) -> dict[str, Cost]:
        """The median costs of both sides; each run's registrations are held against the first's."""
        return in_turns(
            {
                "ours": lambda: self._run("ours", self._config),
                "raw": lambda: self._run("raw", self.registrations),
            },
            rounds,
            done,
        )

    def _run(self, side: str, given: Path) -> Cost:
        cost, fingerprint = worker(side, given)
        if fingerprint != self.fingerprint:
            raise BenchError("\n".join([f"{side} registers something else:", *self._why(side)]))
        return cost

    def _why(self, side: str) -> list[str]:
        # Imported here, because it brings Pulumi: a process that measures has to stay small.
        from bench.registrations import differences

        again = self.registrations.with_suffix(f".{side}.json")
        worker(side, self._config if side == "ours" else self.registrations, again)
        first, second = (
            json.loads(path.read_text(encoding="utf-8")) for path in (self.registrations, again)
        )
        return list(differences(first, second))
