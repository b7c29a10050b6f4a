"""The function that keeps the status page as the checks see it."""
