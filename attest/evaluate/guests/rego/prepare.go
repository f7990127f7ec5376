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
)

// request is what the host prepares a policy from.
type request struct {
	Modules    []source        `json:"modules"`    // the first one is a Chainloop script's own module
	Data       []document      `json:"data"`       // documents under `data`
	Entrypoint string          `json:"entrypoint"` // pkg/rule, or empty
	Chainloop  bool            `json:"chainloop"`  // input and result follow Chainloop's contract
	Arguments  json.RawMessage `json:"args"`       // an object for `input.args`, or null
	V0         bool            `json:"v0"`         // the sources are Rego v0
	TimeNS     int64           `json:"time_ns"`    // the clock of the evaluation
	Memory     int64           `json:"memory"`     // bytes this instance may grow to
}

type source struct {
	Path string `json:"path"`
	Text string `json:"text"`
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

// refused built-ins reach outside the sandbox, or look at the evaluator instead of the evidence.
var refused = map[string]bool{
	"http.send":          true,
	"net.lookup_ip_addr": true,
	"opa.runtime":        true,
	"rego.parse_module":  true,
	"trace":              true,
}

// collectorShare of the instance's memory is where Go's collector starts to work hard.
const collectorShare = 0.75

func prepare(raw []byte) (*program, error) {
	var req request
	if err := json.Unmarshal(raw, &req); err != nil {
		return nil, refuse("EVAL_ERROR", "the request is malformed: %v", err)
	}
	// Collecting seldom is faster for the usual small document; the limit keeps large ones inside.
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(int64(float64(req.Memory) * collectorShare))
	data, err := mergeData(req.Data)
	if err != nil {
		return nil, err
	}
	made := &program{store: inmem.NewFromASTObject(data), now: time.Unix(0, req.TimeNS).UTC()}
	capabilities := capabilities()
	modules, err := parse(req, capabilities)
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
	made.entries, err = made.findEntries(req, modules)
	return made, err
}

func capabilities() *ast.Capabilities {
	all := ast.CapabilitiesForThisVersion()
	kept := make([]*ast.Builtin, 0, len(all.Builtins))
	for _, builtin := range all.Builtins {
		if !refused[builtin.Name] {
			kept = append(kept, builtin)
		}
	}
	all.Builtins, all.AllowNet = kept, []string{}
	return all
}

func parse(req request, capabilities *ast.Capabilities) ([]*ast.Module, error) {
	options := ast.ParserOptions{
		Capabilities:      capabilities,
		ProcessAnnotation: true,
		RegoVersion:       ast.RegoV1,
	}
	if req.V0 {
		options.RegoVersion = ast.RegoV0
	}
	modules := make([]*ast.Module, 0, len(req.Modules))
	for _, file := range req.Modules {
		module, err := ast.ParseModuleWithOpts(file.Path, file.Text, options)
		if err != nil {
			return nil, sourceProblem("POLICY_PARSE", err)
		}
		if module == nil {
			return nil, &problem{Code: "POLICY_PARSE", Message: "the module is empty", File: file.Path}
		}
		modules = append(modules, module)
	}
	return modules, nil
}

// compile does not use the compiler's strict mode: that is a linter and refuses valid policies.
// Unsafe variables and unknown functions are refused all the same.
func (p *program) compile(modules []*ast.Module, capabilities *ast.Capabilities) error {
	named := make(map[string]*ast.Module, len(modules))
	for _, module := range modules {
		path := module.Package.Location.File
		if _, twice := named[path]; twice {
			return &problem{Code: "POLICY_COMPILE", Message: "two modules have this path", File: path}
		}
		named[path] = module
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
			return sourceProblem("DATA_CONFLICT", ast.Errors{one})
		}
	}
	return sourceProblem("POLICY_COMPILE", p.compiler.Errors)
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
	value, err := decode(text)
	if err != nil {
		return nil, refuse("INPUT_INVALID", "arguments: %v", err)
	}
	if _, object := value.(ast.Object); !object {
		return nil, refuse("INPUT_INVALID", "the arguments are not a JSON object")
	}
	return ast.NewTerm(value), nil
}
