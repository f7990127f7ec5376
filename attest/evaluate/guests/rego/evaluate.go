package main

import (
	"bytes"
	"context"
	"encoding/json"
	"math/rand/v2"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/print"

	"attest/rego/shared"
)

// verdict is the guest's answer. In rules mode Rules holds every entry rule; otherwise Value holds
// the answer of the one rule that decides.
type verdict struct {
	Mode  string          `json:"mode"`
	Rule  string          `json:"rule,omitempty"`
	Value json.RawMessage `json:"value,omitempty"`
	Rules []ruleAnswer    `json:"rules,omitempty"`
}

type ruleAnswer struct {
	Package   string          `json:"package"`
	Rule      string          `json:"rule"`
	Value     json.RawMessage `json:"value,omitempty"`
	Undefined bool            `json:"undefined,omitempty"`
}

// seed makes built-ins that ask for randomness answer the same on every run.
var seed = [32]byte([]byte("attest: deterministic randomness"))

// large documents fill the heap with what stays in use: collecting there only costs time, until the
// memory limit makes it necessary.
const large = 1 << 20

// evaluate asks every entry rule about one document.
func (p *program) evaluate(raw []byte) ([]byte, error) {
	if len(raw) > large {
		debug.SetGCPercent(-1)
	}
	input, err := p.input(raw)
	if err != nil {
		return nil, err
	}
	ctx := context.Background()
	txn := storage.NewTransactionOrDie(ctx, p.store)
	defer p.store.Abort(ctx, txn)
	var printed printer
	defer printed.flush()
	var rules []ruleAnswer
	for _, one := range p.entries {
		value, err := p.ask(ctx, txn, one, input, &printed)
		if err != nil {
			return nil, err
		}
		if value == nil && p.mode != rulesMode {
			return nil, shared.Refuse("UNDEFINED_RESULT",
				"%s.%s is undefined for this document", one.Package, one.Rule)
		}
		rules = append(rules, ruleAnswer{one.Package, one.Rule, value, value == nil})
	}
	if p.mode != rulesMode && len(rules) == 1 {
		return encode(verdict{Mode: p.mode, Rule: rules[0].Rule, Value: rules[0].Value})
	}
	return encode(verdict{Mode: p.mode, Rules: rules})
}

// input decodes the document and shapes it as the policy's contract says.
func (p *program) input(raw []byte) (*ast.Term, error) {
	value, err := shared.Decode(raw)
	if err != nil {
		return nil, shared.Refuse("INPUT_INVALID", "the document: %v", err)
	}
	if p.chainloop {
		if array, ok := value.(*ast.Array); ok {
			value = ast.NewObject(ast.Item(ast.StringTerm("elements"), ast.NewTerm(array)))
		}
	}
	// The host alone speaks there: a document that brings its own would be believed in its place.
	if p.arguments == nil && hasMember(value, "args") {
		return nil, shared.Refuse("INPUT_INVALID",
			"the document has a member `args`, where policies look for the plan's arguments")
	}
	if p.chainloop && hasMember(value, "chainloop_metadata") {
		return nil, shared.Refuse("INPUT_INVALID",
			"the document has a member `chainloop_metadata`, where policies look for what is known of it")
	}
	if p.arguments == nil {
		return ast.NewTerm(value), nil
	}
	object, ok := value.(ast.Object)
	if !ok {
		return nil, shared.Refuse("INPUT_INVALID", "a policy with arguments reads an object, not this document")
	}
	object.Insert(ast.StringTerm("args"), p.arguments)
	return ast.NewTerm(object), nil
}

func hasMember(value ast.Value, name string) bool {
	object, ok := value.(ast.Object)
	return ok && object.Get(ast.StringTerm(name)) != nil
}

// ask returns the rule's value as JSON, or nil when it is undefined.
func (p *program) ask(
	ctx context.Context, txn storage.Transaction, one entry, input *ast.Term, printed *printer,
) (json.RawMessage, error) {
	results, err := topdown.NewQuery(one.query).
		WithCompiler(p.compiler).
		WithStore(p.store).
		WithTransaction(txn).
		WithInput(input).
		WithTime(p.now).
		WithSeed(rand.NewChaCha8(seed)).
		WithStrictBuiltinErrors(true).
		WithPrintHook(printed).
		Run(ctx)
	if err != nil || len(results) == 0 {
		return nil, err
	}
	value, err := ast.JSON(results[0][result].Value)
	if err != nil {
		return nil, err
	}
	return encode(value)
}

func encode(value any) ([]byte, error) {
	var out bytes.Buffer
	encoder := json.NewEncoder(&out)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(out.Bytes(), []byte("\n")), nil
}

// printer sends what a policy prints to the host, one line each; a call of the host is costly.
type printer struct{ lines []byte }

const printAtOnce = 4096

func (p *printer) Print(_ print.Context, message string) error {
	p.lines = append(p.lines, strings.ReplaceAll(message, "\n", "\\n")...)
	p.lines = append(p.lines, '\n')
	if len(p.lines) >= printAtOnce {
		p.flush()
	}
	return nil
}

func (p *printer) flush() {
	if len(p.lines) > 0 {
		_, _ = syscall.Write(2, p.lines)
		p.lines = p.lines[:0]
	}
}
