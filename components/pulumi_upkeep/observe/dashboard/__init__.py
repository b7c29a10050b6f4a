"""A dashboard: what somebody on call sees first.

panel       what is shown, as data: a title, queries, thresholds and the group it belongs to
"""
