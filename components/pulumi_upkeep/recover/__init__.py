"""Recover: vaults, backup plans, read replicas, standby servers: what brings things back."""
