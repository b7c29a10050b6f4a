"""Observe: notices - alert routes, resource alarms, uptime checks."""
