"""What a developer's machine needs around the library: the front door and the pinned engine."""
