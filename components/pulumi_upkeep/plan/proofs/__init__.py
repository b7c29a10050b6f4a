"""The proofs: what follows from a plan.

terms        what fails, the terms of a sum, and where each comes from
assumptions  the figures nobody has measured, and the measured ones in their place
members      which instances of a database are left
losses       recovery points: what each way back loses
times        recovery times: how long each way back takes
promises     every promise, computed and compared
costs        what protection costs a month
edits, remedies   edits that may keep a missed promise, and the cheapest that does
overlaps, *_findings   what else there is to say
prove        all of it
"""

from .facts import BucketFacts, DatabaseFacts, EstateFacts, MemberFacts, ServerFacts
from .promises import Promise
from .prove import Proof, prove
from .terms import Term, Way

__all__ = [
    "BucketFacts",
    "DatabaseFacts",
    "EstateFacts",
    "MemberFacts",
    "Promise",
    "Proof",
    "ServerFacts",
    "Term",
    "Way",
    "prove",
]
