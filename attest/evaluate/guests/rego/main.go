// Rego guest: OPA's parser, compiler and evaluator behind three exports.
//
// prepare(n) takes a request and compiles the policy; evaluate(n) takes one JSON document and
// answers with JSON; builtin(n) answers one call of a built-in function, for policies that are
// compiled to Wasm. How bytes come and go stands in shared/frame.go. All state lives in linear
// memory, so a host may keep what prepare made and start every evaluation from it.
package main

import (
	"runtime"
	"unsafe"

	"attest/rego/shared"
)

// current is the prepared policy.
var current *program

func main() {}

// collect frees what the warm-up before freezing left behind.
//
//go:wasmexport collect
func collect() {
	shared.Forget()
	current = nil
	runtime.GC()
}

//go:wasmexport prepare
func prepareExport(n uint32) unsafe.Pointer {
	made, err := shared.Guard(func() (*program, error) { return prepare(shared.Input(n)) })
	if err != nil {
		return shared.Failed(err)
	}
	current = made
	return shared.Answer('v', nil)
}

//go:wasmexport evaluate
func evaluateExport(n uint32) unsafe.Pointer {
	body, err := shared.Guard(func() ([]byte, error) { return current.evaluate(shared.Input(n)) })
	if err != nil {
		return shared.Failed(err)
	}
	return shared.Answer('v', body)
}

//go:wasmexport builtin
func builtinExport(n uint32) unsafe.Pointer {
	body, err := shared.Guard(func() ([]byte, error) { return callBuiltin(shared.Input(n)) })
	switch {
	case err != nil:
		return shared.Failed(err)
	case body == nil:
		return shared.Answer('u', nil)
	}
	return shared.Answer('v', body)
}
