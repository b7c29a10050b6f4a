"""The account of both maintenance plans: what keeps each clause, asked of what is running.

    docs/plans/clauses.yaml   the clauses, in words
    figures.yaml              each clause's own figures, and the entries of the plan that answer it
    chapters/                 one predicate per clause: figures against what a reader sees
    running/                  the judge's reader: boto3 and Datadog's client
    declared/                 what a stack file declares, in the same form: for previews
    texts.py                  what both of them find in documents, policies, dashboards
    repository.py             files, pages, and what a workflow's scripts answer when they are run
    look.py                   where a stranger looks at each piece of evidence

Nothing here takes a figure or a rule from the plan's own code: a judge that computes as the judged
does finds nothing. The gate of deployments and the deadlines of cases are judged by their answers:
they are asked as the workflows ask them, and held against the clauses' figures.
"""
