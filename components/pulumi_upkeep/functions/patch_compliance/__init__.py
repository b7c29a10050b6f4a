"""Says which servers lack patches, and since when."""
