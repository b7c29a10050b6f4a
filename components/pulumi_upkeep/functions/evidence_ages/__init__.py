"""How the evidence stands: the code of a function."""
