package main

import (
	"context"
	"crypto/sha256"
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/metrics"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/builtins"

	"attest/rego/shared"
)

// call is one call of a built-in function by a policy that OPA compiled to Wasm.
type call struct {
	Name   string   `json:"name"`
	Args   []string `json:"args"`    // Rego terms, as opa_value_dump writes them
	TimeNS int64    `json:"time_ns"` // the clock of the evaluation
	HTTP   bool     `json:"http"`    // http.send is granted
}

// callBuiltin returns the text of the result, or nil when the call is undefined.
func callBuiltin(raw []byte) ([]byte, error) {
	var asked call
	if err := json.Unmarshal(raw, &asked); err != nil {
		return nil, shared.Refuse("EVAL_ERROR", "the call is malformed: %v", err)
	}
	function := topdown.GetBuiltin(asked.Name)
	if function == nil || shared.Refused(asked.Name, asked.HTTP) {
		return nil, shared.Refuse("BUILTIN_ERROR", "the built-in function %s is refused", asked.Name)
	}
	operands := make([]*ast.Term, 0, len(asked.Args))
	for _, text := range asked.Args {
		operand, err := ground(text)
		if err != nil {
			return nil, shared.Refuse("BUILTIN_ERROR", "%s: %v", asked.Name, err)
		}
		operands = append(operands, operand)
	}
	return asked.answer(function, operands)
}

func (c call) answer(function topdown.BuiltinFunc, operands []*ast.Term) ([]byte, error) {
	var printed printer
	defer printed.flush()
	var found []*ast.Term
	err := function(c.context(&printed), operands, func(one *ast.Term) error {
		found = append(found, one)
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case len(found) == 0:
		return nil, nil
	case len(found) > 1:
		return nil, shared.Refuse("BUILTIN_ERROR", "%s has more than one result", c.Name)
	case found[0] == nil: // a function without a result, internal.print, holds
		return []byte("true"), nil
	}
	return writeTerm(nil, found[0])
}

// context is the same for the same call, whatever was called before.
func (c call) context(printed *printer) topdown.BuiltinContext {
	seed := sha256.Sum256([]byte(c.Name + "\x00" + strings.Join(c.Args, "\x00")))
	return topdown.BuiltinContext{
		Context:      context.Background(),
		Metrics:      metrics.New(),
		Seed:         rand.NewChaCha8(seed),
		Time:         ast.NumberTerm(json.Number(strconv.FormatInt(c.TimeNS, 10))),
		Cancel:       topdown.NewCancel(),
		Cache:        builtins.Cache{},
		Location:     ast.NewLocation(nil, "", 0, 0),
		Capabilities: &ast.Capabilities{AllowNet: []string{}}, // for the schemas of json.match_schema
		PrintHook:    printed,
	}
}
