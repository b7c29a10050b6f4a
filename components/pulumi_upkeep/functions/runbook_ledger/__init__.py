"""Runs of runbooks, into the ledger: the code of a function."""
