"""Bynomi's environment stack: its plan is its configuration, and this is the whole program."""

import gc

# A program of seconds that keeps nearly all it makes: looking for garbage is a tenth of its time.
gc.set_threshold(100_000, 20, 20)

from pulumi_upkeep.environment import deploy

deploy()
