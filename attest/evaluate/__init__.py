"""Stage 4: Policy x documents -> Decisions, each in the sandbox."""
