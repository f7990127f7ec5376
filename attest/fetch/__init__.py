"""Stage 1, the only reads: files, OCI layouts, registries. Everything else is pure."""
