// Rego tools guest: OPA's checker, formatter, test runner and compiler to Wasm, for policy authors.
//
// evaluate(n) takes one JSON command and answers with JSON; prepare(n) takes the walls. A guest of
// its own, so that a gate does not load what it never uses.
package main

import (
	"encoding/json"
	"runtime"
	"runtime/debug"
	"unsafe"

	"attest/rego/shared"
)

// collectorShare of the instance's memory is where Go's collector starts to work hard.
const collectorShare = 0.75

// command is one thing to do with the modules.
type command struct {
	Op          string            `json:"op"` // check, format, test, compile
	Modules     []shared.Source   `json:"modules"`
	Data        []shared.Document `json:"data"`        // test, compile
	V0          bool              `json:"v0"`          // the sources are Rego v0
	Strict      bool              `json:"strict"`      // check: the compiler's strict mode
	HTTP        bool              `json:"http"`        // policies may call http.send
	Entrypoints []string          `json:"entrypoints"` // compile: pkg/rule
}

var commands = map[string]func(command) (any, error){
	"check": check, "format": layOut, "test": runTests, "compile": build,
}

func main() {}

//go:wasmexport collect
func collect() {
	shared.Forget()
	runtime.GC()
}

//go:wasmexport prepare
func prepareExport(n uint32) unsafe.Pointer {
	var walls struct {
		Memory int64 `json:"memory"`
	}
	if err := json.Unmarshal(shared.Input(n), &walls); err != nil {
		return shared.Failed(shared.Refuse("EVAL_ERROR", "the request is malformed: %v", err))
	}
	debug.SetMemoryLimit(int64(float64(walls.Memory) * collectorShare))
	return shared.Answer('v', nil)
}

//go:wasmexport evaluate
func evaluateExport(n uint32) unsafe.Pointer {
	body, err := shared.Guard(func() ([]byte, error) { return do(shared.Input(n)) })
	if err != nil {
		return shared.Failed(err)
	}
	return shared.Answer('v', body)
}

func do(raw []byte) ([]byte, error) {
	var asked command
	if err := json.Unmarshal(raw, &asked); err != nil {
		return nil, shared.Refuse("EVAL_ERROR", "the command is malformed: %v", err)
	}
	run, known := commands[asked.Op]
	if !known {
		return nil, shared.Refuse("EVAL_ERROR", "there is no command %q", asked.Op)
	}
	done, err := run(asked)
	if err != nil {
		return nil, err
	}
	return json.Marshal(done)
}
