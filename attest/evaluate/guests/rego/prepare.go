package main

import (
	"context"
	"encoding/json"
	"runtime/debug"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"

	"attest/rego/shared"
)

// request is what the host prepares a policy from.
type request struct {
	Modules    []shared.Source   `json:"modules"`    // the first one is a Chainloop script's own module
	Data       []shared.Document `json:"data"`       // documents under `data`
	Entrypoint string            `json:"entrypoint"` // pkg/rule, or empty
	Chainloop  bool              `json:"chainloop"`  // input and result follow Chainloop's contract
	Arguments  json.RawMessage   `json:"args"`       // an object for `input.args`, or null
	V0         bool              `json:"v0"`         // the sources are Rego v0
	TimeNS     int64             `json:"time_ns"`    // the clock of the evaluation
	Memory     int64             `json:"memory"`     // bytes this instance may grow to
	HTTP       bool              `json:"http"`       // http.send is granted; the host performs it
}

// program is a compiled policy and everything else that is the same for each document.
type program struct {
	compiler  *ast.Compiler
	store     storage.Store
	entries   []entry
	mode      string
	arguments *ast.Term
	chainloop bool
	now       time.Time
}

// collectorShare of the instance's memory is where Go's collector starts to work hard.
const collectorShare = 0.75

// seldom is when Go's collector begins in a small document: at 48 MiB.
const seldom = 1200

func prepare(raw []byte) (*program, error) {
	var req request
	if err := json.Unmarshal(raw, &req); err != nil {
		return nil, shared.Refuse("EVAL_ERROR", "the request is malformed: %v", err)
	}
	debug.SetGCPercent(seldom)
	debug.SetMemoryLimit(int64(float64(req.Memory) * collectorShare))
	data, err := shared.MergeData(req.Data)
	if err != nil {
		return nil, err
	}
	made := &program{store: inmem.NewFromASTObject(data), now: time.Unix(0, req.TimeNS).UTC()}
	capabilities := shared.Capabilities(req.HTTP)
	modules, err := shared.Parse(req.Modules, shared.ParserOptions(req.V0, capabilities))
	if err != nil {
		return nil, err
	}
	if made.mode, err = chooseMode(req, modules); err != nil {
		return nil, err
	}
	made.chainloop = req.Chainloop || made.mode == chainloopMode
	if made.arguments, err = arguments(req.Arguments, made.chainloop); err != nil {
		return nil, err
	}
	if made.mode == chainloopMode {
		if err := completeChainloop(scripts(req, modules)); err != nil {
			return nil, err
		}
	}
	if err := made.compile(modules, capabilities); err != nil {
		return nil, err
	}
	if made.mode == chainloopMode {
		if err := made.wholly(scripts(req, modules)); err != nil {
			return nil, err
		}
	}
	made.entries, err = made.findEntries(req, modules)
	return made, err
}

// compile does not use the compiler's strict mode: that is a linter and refuses valid policies.
// Unsafe variables and unknown functions are refused all the same.
func (p *program) compile(modules []*ast.Module, capabilities *ast.Capabilities) error {
	named, err := shared.Named(modules)
	if err != nil {
		return err
	}
	ctx := context.Background()
	txn := storage.NewTransactionOrDie(ctx, p.store)
	defer p.store.Abort(ctx, txn)
	p.compiler = ast.NewCompiler().
		WithCapabilities(capabilities).
		WithEnablePrintStatements(true).
		WithPathConflictsCheck(storage.NonEmpty(ctx, p.store, txn))
	if p.compiler.Compile(named); !p.compiler.Failed() {
		return nil
	}
	for _, one := range p.compiler.Errors {
		if strings.HasPrefix(one.Message, "conflicting rule for data path") {
			return shared.SourceProblem("DATA_CONFLICT", ast.Errors{one})
		}
	}
	return shared.SourceProblem("POLICY_COMPILE", p.compiler.Errors)
}

// arguments become `input.args`. Chainloop's contract always sets them, so that a document cannot
// bring its own.
func arguments(text json.RawMessage, chainloop bool) (*ast.Term, error) {
	if len(text) == 0 || string(text) == "null" {
		if chainloop {
			return ast.NewTerm(ast.NewObject()), nil
		}
		return nil, nil
	}
	value, err := shared.Decode(text)
	if err != nil {
		return nil, shared.Refuse("INPUT_INVALID", "arguments: %v", err)
	}
	if _, object := value.(ast.Object); !object {
		return nil, shared.Refuse("INPUT_INVALID", "the arguments are not a JSON object")
	}
	return ast.NewTerm(value), nil
}
