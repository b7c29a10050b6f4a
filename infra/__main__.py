"""Bynomi's environment stack: its plan is its configuration, and this is the whole program."""

import gc

# A program of seconds that keeps nearly all it makes. What is young is looked through now and then:
# to look for no garbage at all costs a thirtieth of the memory. What is older is left alone: to
# look through it again and again costs a twentieth of the time.
gc.set_threshold(10_000, 500, 20)

from pulumi_upkeep.environment import deploy

deploy()
