"""Says which incidents still owe their review."""
