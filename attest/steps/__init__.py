"""One file for each noun of a run: fetch it, verify it, read it. The pipeline strings them up."""
