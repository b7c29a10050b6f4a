"""Files that are generated from the code and kept in the repository; tests hold them together."""

from collections.abc import Iterator
from pathlib import Path

from pulumi_upkeep import schema as package
from pulumi_upkeep.plan import schema as plan

from tools.upkeep.paths import PROJECT


def write_all() -> Iterator[Path]:
    """Write each anew; the paths written, from the project's root."""
    for path, text in (
        (plan.SCHEMA_FILE, plan.text()),
        (package.PATH, package.package_schema()),
    ):
        path.write_text(text, encoding="utf-8")
        yield path.relative_to(PROJECT)
