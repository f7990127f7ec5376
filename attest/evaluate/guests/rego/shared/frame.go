// Package shared is what the guests of this module have in common: how they speak with the host,
// how they read JSON, and how they say what is wrong.
//
// The host calls alloc(n) and writes n bytes where it points to; an export with the argument n then
// reads them and returns where its answer is: the answer's length (u32, little-endian), one status
// byte ('v' value, 'u' undefined, 'e' error) and that many bytes.
package shared

import (
	"encoding/binary"
	"fmt"
	"unsafe"
)

// input and output are kept alive between calls.
var input, output []byte

//go:wasmexport alloc
func alloc(n uint32) unsafe.Pointer {
	input = make([]byte, n+1)
	return unsafe.Pointer(&input[0])
}

// Input is what the host wrote last.
func Input(n uint32) []byte { return input[:n] }

// Forget lets the collector have what the last call left behind.
func Forget() { input, output = nil, nil }

// Answer puts an answer where the host reads it.
func Answer(status byte, body []byte) unsafe.Pointer {
	output = make([]byte, 5, 5+len(body))
	binary.LittleEndian.PutUint32(output, uint32(len(body)))
	output[4] = status
	output = append(output, body...)
	return unsafe.Pointer(&output[0])
}

// Failed answers with an error.
func Failed(err error) unsafe.Pointer { return Answer('e', describe(err)) }

// Guard turns a panic inside OPA into an error: a crash must cost one answer, not the instance.
func Guard[T any](work func() (T, error)) (result T, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = &Problem{Code: "EVAL_ERROR", Message: fmt.Sprintf("internal error: %v", cause)}
		}
	}()
	return work()
}
