package main

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// The three contracts that say which rules decide.
const (
	entrypointMode = "entrypoint" // the one rule that the plan or the policy names
	chainloopMode  = "chainloop"  // data.<package>.result, Chainloop's result object
	rulesMode      = "rules"      // deny, violation, warn and allow in every package (conftest)
)

// entry is one rule that is asked about every document.
type entry struct {
	Package string
	Rule    string
	ref     ast.Ref
	query   ast.Body
}

// decides matches the rules that conftest evaluates, and `allow`. `exception` names the suffixes of
// rules whose findings are excepted; the host reads it together with them.
var decides = regexp.MustCompile(`^(?:(?:deny|violation|warn)(?:_[a-zA-Z0-9]+)*|allow|exception)$`)

// result is the variable that every query binds.
const result = ast.Var("result")

// chooseMode picks the contract. One that is declared holds; otherwise the rules themselves say,
// and a package that speaks two contracts at once is refused rather than half evaluated.
func chooseMode(req request, modules []*ast.Module) (string, error) {
	if req.Entrypoint != "" {
		return entrypointMode, nil
	}
	if req.Chainloop {
		return chainloopMode, nil
	}
	conftest, chainloop := map[string]bool{}, map[string]bool{}
	for _, module := range modules {
		for _, rule := range module.Rules {
			switch name := ruleName(rule); {
			case isFunction(rule) || name == "exception":
			case decides.MatchString(name):
				conftest[packageName(module)] = true
			case name == "result" || name == "violations":
				chainloop[packageName(module)] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(chainloop)) {
		if conftest[name] {
			return "", refuse("ENTRY_AMBIGUOUS",
				"package %s has rules of conftest's contract and of Chainloop's", name)
		}
	}
	if len(conftest) == 0 && len(chainloop) > 0 {
		return chainloopMode, nil
	}
	return rulesMode, nil
}

// scripts are the modules whose package answers under Chainloop's contract: the first one where the
// contract is declared, every one that has such rules where it is not.
func scripts(req request, modules []*ast.Module) []*ast.Module {
	if req.Chainloop {
		return modules[:min(1, len(modules))]
	}
	return slices.DeleteFunc(slices.Clone(modules), func(m *ast.Module) bool { return !isScript(m) })
}

func (p *program) findEntries(req request, modules []*ast.Module) ([]entry, error) {
	var found []entry
	var err error
	switch p.mode {
	case entrypointMode:
		found, err = p.named(req.Entrypoint)
	case chainloopMode:
		for _, module := range scripts(req, modules) {
			found = append(found, entryOf(module, "result"))
		}
	default:
		found = ruleEntries(modules)
	}
	if err != nil {
		return nil, err
	}
	if !slices.ContainsFunc(found, func(e entry) bool { return e.Rule != "exception" }) {
		return nil, refuse("NO_ENTRY_RULE",
			"no package defines deny, violation, warn or allow, and no entrypoint is named")
	}
	found = unique(found)
	for i := range found {
		if err := p.prepareQuery(&found[i]); err != nil {
			return nil, err
		}
	}
	return found, nil
}

func (p *program) named(entrypoint string) ([]entry, error) {
	parts := strings.Split(entrypoint, "/")
	ref := ast.Ref{ast.DefaultRootDocument}
	for _, part := range parts {
		ref = append(ref, ast.StringTerm(part))
	}
	// A package is no rule; `deny` is one where only `deny.images` and the like are defined.
	rules := slices.DeleteFunc(p.compiler.GetRulesWithPrefix(ref), func(rule *ast.Rule) bool {
		return len(rule.Module.Package.Path) >= len(ref)
	})
	if len(rules) == 0 || slices.ContainsFunc(rules, isFunction) {
		return nil, refuse("NO_ENTRY_RULE", "the policy defines no rule %s", ref)
	}
	last := len(parts) - 1
	return []entry{{Package: strings.Join(parts[:last], "."), Rule: parts[last], ref: ref}}, nil
}

func ruleEntries(modules []*ast.Module) []entry {
	var found []entry
	for _, module := range modules {
		for _, rule := range module.Rules {
			if name := ruleName(rule); decides.MatchString(name) && !isFunction(rule) {
				found = append(found, entryOf(module, name))
			}
		}
	}
	return found
}

func unique(found []entry) []entry {
	slices.SortFunc(found, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.Package, b.Package), cmp.Compare(a.Rule, b.Rule))
	})
	return slices.CompactFunc(found, func(a, b entry) bool {
		return a.Package == b.Package && a.Rule == b.Rule
	})
}

func (p *program) prepareQuery(e *entry) error {
	body := ast.NewBody(ast.Equality.Expr(ast.NewTerm(result), ast.NewTerm(e.ref)))
	query, err := p.compiler.QueryCompiler().Compile(body)
	if err != nil {
		return sourceProblem("POLICY_COMPILE", err)
	}
	e.query = query
	return nil
}

func entryOf(module *ast.Module, rule string) entry {
	ref := module.Package.Path.Append(ast.StringTerm(rule))
	return entry{Package: packageName(module), Rule: rule, ref: ref}
}

func packageName(module *ast.Module) string {
	return strings.TrimPrefix(module.Package.Path.String(), "data.")
}

// ruleName is the first part of a rule's name: `deny` of `deny.images contains …`.
func ruleName(rule *ast.Rule) string {
	switch name := rule.Head.Ref()[0].Value.(type) {
	case ast.Var:
		return string(name)
	case ast.String:
		return string(name)
	}
	return ""
}

func isFunction(rule *ast.Rule) bool { return len(rule.Head.Args) > 0 }
