"""Announces maintenance windows by banner and mail, and takes it back when they change."""
