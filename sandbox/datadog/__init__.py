"""A Datadog on this machine: an HTTP API that stores what it is sent after checking it."""
