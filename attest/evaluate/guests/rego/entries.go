package main

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"

	"attest/rego/shared"
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

// chainloopRules are those that can say no under Chainloop's contract.
var chainloopRules = map[string]bool{"result": true, "violations": true, "findings": true}

// nearly matches the names that a reader takes for rules that decide: `Deny`, `deny__x`, `deny2`,
// `denyImages`; not `denylist`, which is a word of its own.
var nearly = regexp.MustCompile(`^(?i:deny|violation|warn)(?:[_A-Z0-9].*)?$|^(?i:allow)$`)

// chooseMode picks the contract. One that is declared holds; otherwise the rules themselves say.
// Rules of two contracts, or one whose name only looks like an entry rule's, are refused: half of
// the policy would never be asked.
func chooseMode(req request, modules []*ast.Module) (string, error) {
	if req.Entrypoint != "" {
		return entrypointMode, nil
	}
	asked, mode := modules, rulesMode
	if req.Chainloop {
		asked = modules[:min(1, len(modules))]
	}
	conftest, chainloop := packagesWith(asked, isConftest), packagesWith(asked, isChainloop)
	if len(conftest) > 0 && len(chainloop) > 0 {
		return "", shared.Refuse("ENTRY_AMBIGUOUS",
			"conftest's rules in package %s, Chainloop's (result, violations, findings) in package %s",
			strings.Join(conftest, ", "), strings.Join(chainloop, ", "))
	}
	if req.Chainloop || len(chainloop) > 0 {
		mode = chainloopMode
	}
	for _, module := range asked {
		for _, rule := range module.Rules {
			if looksAsked(mode, rule) {
				return "", &shared.Problem{
					Code: "ENTRY_AMBIGUOUS",
					Message: "rule " + rule.Head.Ref().String() + " of package " + packageName(module) +
						" looks like one that decides, but it is not asked",
					File: module.Package.Location.File,
				}
			}
		}
	}
	return mode, nil
}

func isConftest(rule *ast.Rule) bool {
	name := ruleName(rule)
	return !isFunction(rule) && name != "exception" && decides.MatchString(name)
}

func isChainloop(rule *ast.Rule) bool { return !isFunction(rule) && chainloopRules[ruleName(rule)] }

// packagesWith names, in order, the packages that have such a rule.
func packagesWith(modules []*ast.Module, such func(*ast.Rule) bool) []string {
	var found []string
	for _, module := range modules {
		if slices.ContainsFunc(module.Rules, such) {
			found = append(found, packageName(module))
		}
	}
	slices.Sort(found)
	return slices.Compact(found)
}

// looksAsked tells whether a rule that is not asked has a name like one that is: `deny__x`,
// `images.deny`, the function `deny(x)`. Chainloop's contract has no deny that takes arguments.
func looksAsked(mode string, rule *ast.Rule) bool {
	if mode == chainloopMode && (isFunction(rule) || isChainloop(rule)) || isConftest(rule) {
		return false
	}
	return nearly.MatchString(ruleName(rule)) ||
		slices.ContainsFunc(rule.Head.Ref(), func(part *ast.Term) bool {
			name, constant := part.Value.(ast.String)
			return constant && nearly.MatchString(string(name))
		})
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
		return nil, shared.Refuse("NO_ENTRY_RULE",
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
		return nil, shared.Refuse("NO_ENTRY_RULE", "the policy defines no rule %s", ref)
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
		return shared.SourceProblem("POLICY_COMPILE", err)
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
