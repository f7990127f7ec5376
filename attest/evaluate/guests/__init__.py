"""Policy languages: each one's reference implementation in Go, built to Wasm and frozen."""
