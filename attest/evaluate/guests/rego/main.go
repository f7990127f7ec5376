// Rego guest: OPA's parser, compiler and evaluator behind three exports.
//
// The host calls alloc(n) and writes n bytes where it points to; then prepare(n) or evaluate(n)
// reads them and returns where the answer is: its length (u32, little-endian), one status byte
// ('v' value, 'u' undefined, 'e' error) and that many bytes of JSON. prepare takes a request and
// compiles the policy; evaluate takes one JSON document. All state lives in linear memory, so a
// host may keep what prepare made and start every evaluation from it.
package main

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"unsafe"
)

// input and output are kept alive between calls; current is the prepared policy.
var (
	input, output []byte
	current       *program
)

func main() {}

//go:wasmexport alloc
func alloc(n uint32) unsafe.Pointer {
	input = make([]byte, n+1)
	return unsafe.Pointer(&input[0])
}

// collect frees what the warm-up before freezing left behind.
//
//go:wasmexport collect
func collect() {
	input, output, current = nil, nil, nil
	runtime.GC()
}

//go:wasmexport prepare
func prepareExport(n uint32) unsafe.Pointer {
	made, err := guard(func() (*program, error) { return prepare(input[:n]) })
	if err != nil {
		return answer('e', describe(err))
	}
	current = made
	return answer('v', nil)
}

//go:wasmexport evaluate
func evaluateExport(n uint32) unsafe.Pointer {
	body, err := guard(func() ([]byte, error) { return current.evaluate(input[:n]) })
	if err != nil {
		return answer('e', describe(err))
	}
	return answer('v', body)
}

// guard turns a panic inside OPA into an error: a crash must cost one answer, not the instance.
func guard[T any](work func() (T, error)) (result T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &problem{Code: "EVAL_ERROR", Message: fmt.Sprintf("internal error: %v", cause)}
		}
	}()
	return work()
}

func answer(status byte, body []byte) unsafe.Pointer {
	output = make([]byte, 5, 5+len(body))
	binary.LittleEndian.PutUint32(output, uint32(len(body)))
	output[4] = status
	output = append(output, body...)
	return unsafe.Pointer(&output[0])
}
