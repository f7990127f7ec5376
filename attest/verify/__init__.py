"""Stage 2: Artifact -> Verified. Pure: keys, trust roots and the time are arguments."""
