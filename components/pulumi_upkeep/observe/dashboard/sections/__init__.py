"""The groups of a dashboard, in the order in which somebody on call asks.

scene        the facts that all of them are made of
now          is it us, and what is broken now?
customers    what do customers feel?
changes      since when, and what changed?
where        in which service, database or server?
protection   what still protects us?
budget       how much may still go wrong?
onward       where to look next
"""
