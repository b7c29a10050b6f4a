"""Where things are."""

import os
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
BUILD = PROJECT / "build"
ENGINE_MODULE = PROJECT / "tools" / "engine"
LANGUAGE_MODULE = PROJECT / "tools" / "language-python"


def cache() -> Path:
    """Where what is built once and used by every clone is kept."""
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path.home() / ".cache") / "upkeep"
