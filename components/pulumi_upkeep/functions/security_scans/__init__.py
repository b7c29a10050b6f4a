"""Counts what Inspector found and does not reach, and reports it."""
