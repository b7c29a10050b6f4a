"""For all tests: where CI runs them, properties are tried with the same examples each time.

A pipeline must fail by a change, not by chance; on a desk every run looks further.
"""

import os

from hypothesis import settings

# Before any test imports moto, which reads its settings when it is first imported.
import sandbox  # noqa: F401

settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")
