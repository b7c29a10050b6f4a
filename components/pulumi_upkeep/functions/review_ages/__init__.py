"""Says which reviews are overdue, and when each was last done."""
