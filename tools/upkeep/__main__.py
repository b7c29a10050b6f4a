"""``python -m tools.upkeep <command>``; what each target of the Makefile calls."""

import sys

from tools.upkeep.commands import main

sys.exit(main())
