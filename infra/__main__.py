"""Bynomi's environment stack: its plan is its configuration, and this is the whole program."""

import gc

# A program of seconds that keeps nearly all it makes: to look for garbage as often as Python does
# is a tenth of its time, and to look for none a fortieth of its memory.
gc.set_threshold(10_000, 20, 20)

from pulumi_upkeep.environment import deploy

deploy()
