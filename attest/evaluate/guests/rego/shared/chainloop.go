package shared

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/builtins"
	"github.com/open-policy-agent/opa/v1/types"
)

// vulnerabilityMembers are the arguments of chainloop.vulnerability in their order: the members that
// a finding of type VULNERABILITY must have (Chainloop, finding types).
var vulnerabilityMembers = []string{"message", "external_id", "package_purl", "severity"}

func init() {
	arguments := make([]types.Type, len(vulnerabilityMembers))
	for i, name := range vulnerabilityMembers {
		arguments[i] = types.Named(name, types.S)
	}
	ast.RegisterBuiltin(&ast.Builtin{
		Name:        "chainloop.vulnerability",
		Description: "Returns a finding of type VULNERABILITY.",
		Decl:        types.NewFunction(types.Args(arguments...), types.Named("finding", types.A)),
	})
	topdown.RegisterBuiltinFunc("chainloop.vulnerability", vulnerability)
}

func vulnerability(
	_ topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error,
) error {
	members := make([][2]*ast.Term, len(vulnerabilityMembers))
	for i, name := range vulnerabilityMembers {
		if _, err := builtins.StringOperand(operands[i].Value, i+1); err != nil {
			return err
		}
		members[i] = ast.Item(ast.StringTerm(name), operands[i])
	}
	return iter(ast.ObjectTerm(members...))
}
