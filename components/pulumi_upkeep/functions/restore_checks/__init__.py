"""The checks on a restored copy: the code of a function."""
