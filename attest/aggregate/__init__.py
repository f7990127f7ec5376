"""Stage 5: what all the answers mean together, by the rules of docs/verdict.md. Pure."""
