"""Making policies: everything that writes what the pipeline later reads."""
