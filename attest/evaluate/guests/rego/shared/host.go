package shared

import (
	"encoding/json"
	"errors"
	"unsafe"
)

// hostCall asks the host for what a sandbox cannot do; it returns the length of the answer, which
// hostTake copies. A call that is denied never returns: the host ends the evaluation.
//
//go:wasmimport attest call
func hostCall(at unsafe.Pointer, size uint32) int32

//go:wasmimport attest take
func hostTake(at unsafe.Pointer)

// CallHost has the host perform an operation and returns its answer.
func CallHost(operation string, request json.RawMessage) ([]byte, error) {
	asked, err := json.Marshal(struct {
		Op      string          `json:"op"`
		Request json.RawMessage `json:"request"`
	}{operation, request})
	if err != nil {
		return nil, err
	}
	size := hostCall(unsafe.Pointer(&asked[0]), uint32(len(asked)))
	if size < 0 {
		return nil, errors.New("the host does not answer")
	}
	answer := make([]byte, size+1)
	hostTake(unsafe.Pointer(&answer[0]))
	return answer[:size], nil
}
