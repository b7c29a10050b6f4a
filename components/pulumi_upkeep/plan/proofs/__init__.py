"""The proofs: what follows from a plan.

terms        what fails, the terms of a sum, and where each comes from
assumptions  the figures nobody has measured
losses       recovery points: what each way back loses
times        recovery times: how long each way back takes
promises     every promise, computed and compared
remedies     edits that would keep a missed promise, each tried out
overlaps, backup_findings, database_findings   what else there is to say
prove        all of it
"""

from .facts import DatabaseFacts, EstateFacts
from .promises import Promise
from .prove import Proof, prove
from .terms import Term, Way

__all__ = ["DatabaseFacts", "EstateFacts", "Promise", "Proof", "Term", "Way", "prove"]
