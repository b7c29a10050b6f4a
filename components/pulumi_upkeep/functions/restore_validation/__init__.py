"""The verdict on a restore test: the code of a function."""
