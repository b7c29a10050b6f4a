"""The benchmark: the stack's program against the same resources declared raw through the SDK."""
