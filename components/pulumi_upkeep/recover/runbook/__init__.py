"""Runbooks: what is done when something fails, as documents that run and as pages to read.

steps               a step, its permissions, and the document of Systems Manager made of steps
people              asking and telling people
database_failure    switch to the read replica
server_failure      route traffic to the standby servers
complete_outage     both, after the team was called
inside              what is looked at from inside the network
restoring           the way out where the data is not whole
scripts             what steps do that no single call of AWS does

All of it is plain data: the same steps become the document, its role and its page.
"""
