"""Operate: keeps in shape - maintenance windows, patching, database care, people, releases."""
