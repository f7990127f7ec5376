"""Stage 5: what all the answers mean together, by the rules of INTERFACE. Pure."""
