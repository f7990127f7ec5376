package main

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"attest/rego/shared"
)

// The rules that Chainloop adds to a script that lacks them (Chainloop, policy engine, boilerplate),
// in its order, with `findings` in the result where the script defines them: Chainloop itself leaves
// them out, and a script that reports only findings then passes.
var boilerplate = []struct{ rule, text string }{
	{"result", `result := {
		"skipped": skipped,
		"violations": violations,
		"skip_reason": skip_reason,
		"ignore": ignore,
	}`},
	{"skip_reason", `default skip_reason := ""`},
	{"skip_reason", `skip_reason := "the file content is not recognized" if { not valid_input }`},
	{"valid_input", `default valid_input := true`},
	{"skipped", `default skipped := true`},
	{"skipped", `skipped := false if valid_input`},
	{"ignore", `default ignore := false`},
	{"violations", `default violations := []`},
}

const resultWithFindings = `result := {
	"skipped": skipped,
	"violations": violations,
	"findings": findings,
	"skip_reason": skip_reason,
	"ignore": ignore,
}`

// addedFile is where the rules come from that are not the author's.
const addedFile = "chainloop boilerplate"

// isScript tells whether a module has a rule that can say no under Chainloop's contract.
func isScript(module *ast.Module) bool { return slices.ContainsFunc(module.Rules, isChainloop) }

// completeChainloop adds the missing rules to each script's syntax tree, so that the places in error
// messages stay those of the author's text.
func completeChainloop(scripts []*ast.Module) error {
	for _, module := range scripts {
		if !isScript(module) {
			return &shared.Problem{
				Code:    "NO_ENTRY_RULE",
				Message: "the script defines none of result, violations and findings",
				File:    module.Package.Location.File,
			}
		}
		if err := addRules(module, missing(ruleNames(module))); err != nil {
			return err
		}
	}
	return nil
}

func missing(existing map[string]bool) string {
	var text strings.Builder
	for _, part := range boilerplate {
		switch {
		case existing[part.rule]:
		case part.rule == "result" && existing["findings"]:
			text.WriteString(resultWithFindings + "\n")
		default:
			text.WriteString(part.text + "\n")
		}
	}
	return text.String()
}

func addRules(module *ast.Module, text string) error {
	if text == "" {
		return nil
	}
	options := ast.ParserOptions{RegoVersion: ast.RegoV1}
	added, err := ast.ParseModuleWithOpts(addedFile, "package added\n"+text, options)
	if err != nil {
		return shared.SourceProblem("POLICY_PARSE", err)
	}
	for _, rule := range added.Rules {
		rule.Module = module
		module.Rules = append(module.Rules, rule)
	}
	return nil
}

func ruleNames(module *ast.Module) map[string]bool {
	names := map[string]bool{}
	for _, rule := range module.Rules {
		if !isFunction(rule) {
			names[ruleName(rule)] = true
		}
	}
	return names
}

// wholly refuses a script whose own result leaves out its violations or findings: Chainloop never
// asks them then, and the policy would pass whatever they say.
func (p *program) wholly(scripts []*ast.Module) error {
	for _, module := range scripts {
		path := module.Package.Path
		reached := map[*ast.Rule]bool{}
		for _, rule := range p.rules(path, "result") {
			p.reach(rule, reached)
		}
		for _, rule := range append(p.rules(path, "violations"), p.rules(path, "findings")...) {
			if !reached[rule] && !isFunction(rule) && rule.Location.File != addedFile {
				return shared.Refuse("ENTRY_AMBIGUOUS",
					"rule %s of package %s is not part of the package's result: it is never asked",
					ruleName(rule), packageName(module)).At(rule.Location)
			}
		}
	}
	return nil
}

func (p *program) rules(path ast.Ref, name string) []*ast.Rule {
	return p.compiler.GetRulesWithPrefix(path.Append(ast.StringTerm(name)))
}

// reach marks the rule and all that it depends on.
func (p *program) reach(rule *ast.Rule, reached map[*ast.Rule]bool) {
	for ; rule != nil && !reached[rule]; rule = rule.Else {
		reached[rule] = true
		for next := range p.compiler.Graph.Dependencies(rule) {
			p.reach(next.(*ast.Rule), reached)
		}
	}
}
