"""Stage 6: Report -> text in a format. Pure."""
