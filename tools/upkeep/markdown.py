"""Markdown that nothing in a text can break out of."""

import re


def code(text: str) -> str:
    """Text as a code span of one line that fits into a table: nothing in it is Markdown, HTML or
    somebody's name."""
    text = " ".join(text.split("\n")).replace("|", "\\|")
    ticks = "`" * (1 + max((len(run) for run in re.findall("`+", text)), default=0))
    space = " " if "`" in text else ""
    return f"{ticks}{space}{text}{space}{ticks}"
