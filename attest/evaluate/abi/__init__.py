"""Calling conventions of third-party Wasm: one package each, run by `attest.evaluate.host`."""
