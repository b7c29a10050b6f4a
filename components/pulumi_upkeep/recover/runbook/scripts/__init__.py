"""What steps of runbooks do that no single call of AWS does; each file is the text of one step."""
