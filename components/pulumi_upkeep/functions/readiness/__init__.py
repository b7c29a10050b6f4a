"""Whether a standby could take over."""
