"""Queries of Datadog monitors: compiled from figures, so that an illegal one cannot be written.

windows       how long something is looked at
condition     a comparison with its critical, warning and recovery values
threshold     a metric, and when it is too high or too low
anomaly       a metric, and when it behaves unlike itself
forecast      a metric, and when it will reach a value
burn_rate     an objective, and how fast its error budget burns
composite     a monitor that is quiet while others alert
counts        what a company lives by, falling away against last week or stopping
traces        the requests of a service: how many, how many fail, how long they take
error_tracking   errors, grouped into issues: new ones and frequent ones
reading       the figures of a query read back from its text, by which the compilers are tested
"""
