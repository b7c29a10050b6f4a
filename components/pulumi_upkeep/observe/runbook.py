"""Where the pages of runbooks stand; every alert leads to one."""


def runbook_page(runbooks: str, page: str) -> str:
    """The address of a page below ``runbooks``, with or without a slash at its end."""
    return f"{runbooks.rstrip('/')}/{page}"
