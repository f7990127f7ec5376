"""Writing signatures: Sigstore bundles by a key of one's own, or by an identity."""
