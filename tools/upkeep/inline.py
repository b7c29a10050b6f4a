"""Code within words of a page."""

from markupsafe import Markup, escape


def inline(text: str) -> Markup:
    """Text as HTML in which what stands between backticks is code, and nothing else is markup."""
    parts = [escape(part) for part in text.split("`")]
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if index % 2 else part
        for index, part in enumerate(parts)
    )
