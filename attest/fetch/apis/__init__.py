"""Attestation APIs of code forges and package registries: what they hold about an artifact."""
