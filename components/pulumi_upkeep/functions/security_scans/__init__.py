"""Tests every route of alerts, and says how long it is since somebody acknowledged one."""
