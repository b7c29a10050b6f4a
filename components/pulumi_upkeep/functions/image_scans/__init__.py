"""Looks at the images of containers that are in use again."""
