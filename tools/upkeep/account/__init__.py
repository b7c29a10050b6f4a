"""The account of both maintenance plans: what keeps each clause, asked of what is running.

    docs/plans/clauses.yaml   the clauses, in words
    figures.yaml              each clause's own figures, and the entries of the plan that answer it
    chapters/                 one predicate per clause: figures against what a reader sees
    running/                  the judge's reader: boto3 and Datadog's client
    declared_reader.py        what a stack file declares, in the same form: for previews

Nothing here takes a figure or a rule from the plan's own code: a judge that computes as the judged
does finds nothing.
"""
