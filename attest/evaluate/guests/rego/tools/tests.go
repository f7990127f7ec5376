package main

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"attest/rego/shared"
)

// never is longer than any test may take: the host's clock and fuel end it.
const never = 10_000 * time.Hour

type testResult struct {
	Package string `json:"package"`
	Name    string `json:"name"`
	File    string `json:"file"`
	Row     int    `json:"row"`
	Outcome string `json:"outcome"` // passed, failed, error, skipped
	Message string `json:"message,omitempty"`
	Output  string `json:"output,omitempty"`
}

// runTests runs every rule test_*, and tells which lines the tests reached. A built-in that fails
// makes its test an error, as it makes an evaluation one.
func runTests(asked command) (any, error) {
	capabilities := shared.Capabilities(asked.HTTP)
	modules, err := shared.Parse(asked.Modules, shared.ParserOptions(asked.V0, capabilities))
	if err != nil {
		return nil, err
	}
	named, err := shared.Named(modules)
	if err != nil {
		return nil, err
	}
	data, err := shared.MergeData(asked.Data)
	if err != nil {
		return nil, err
	}
	store := inmem.NewFromASTObject(data)
	ctx := context.Background()
	txn := storage.NewTransactionOrDie(ctx, store)
	defer store.Abort(ctx, txn)
	coverage := cover.New()
	compiler := ast.NewCompiler().WithCapabilities(capabilities).WithEnablePrintStatements(true).
		WithPathConflictsCheck(storage.NonEmpty(ctx, store, txn))
	found, err := tester.NewRunner().
		SetCompiler(compiler).
		SetStore(store).
		SetModules(named).
		SetCoverageQueryTracer(coverage).
		CapturePrintOutput(true).
		RaiseBuiltinErrors(true).
		SetTimeout(never).
		RunTests(ctx, txn)
	if err != nil {
		return nil, shared.SourceProblem("POLICY_COMPILE", err)
	}
	results := []testResult{}
	for one := range found {
		results = append(results, describe(one))
	}
	slices.SortFunc(results, func(a, b testResult) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Row, b.Row), cmp.Compare(a.Name, b.Name))
	})
	return map[string]any{"tests": results, "coverage": report(coverage, named)}, nil
}

func describe(one *tester.Result) testResult {
	made := testResult{
		Package: strings.TrimPrefix(one.Package, "data."),
		Name:    one.Name,
		File:    one.Location.File,
		Row:     one.Location.Row,
		Output:  string(one.Output),
		Outcome: "passed",
	}
	switch {
	case one.Skip:
		made.Outcome = "skipped"
	case one.Error != nil:
		made.Outcome, made.Message = "error", one.Error.Error()
	case one.Fail:
		made.Outcome, made.Message = "failed", strings.Join(failures("", one.SubResults), ", ")
	}
	return made
}

// failures names the cases of a test that failed.
func failures(above string, cases tester.SubResultMap) []string {
	var names []string
	for name, one := range cases {
		if one.Fail && len(one.SubResults) == 0 {
			names = append(names, above+name)
		}
		names = append(names, failures(above+name+"/", one.SubResults)...)
	}
	slices.Sort(names)
	return names
}

type fileCoverage struct {
	Path       string   `json:"path"`
	Percent    float64  `json:"percent"`
	Covered    [][2]int `json:"covered"`     // first and last row
	NotCovered [][2]int `json:"not_covered"` // first and last row
}

func report(coverage *cover.Cover, modules map[string]*ast.Module) any {
	made := coverage.Report(modules)
	files := []fileCoverage{}
	for path, one := range made.Files {
		files = append(files, fileCoverage{path, one.Coverage, rows(one.Covered), rows(one.NotCovered)})
	}
	slices.SortFunc(files, func(a, b fileCoverage) int { return cmp.Compare(a.Path, b.Path) })
	return map[string]any{"percent": made.Coverage, "files": files}
}

// rows joins stretches that touch: OPA has one for each expression.
func rows(ranges []cover.Range) [][2]int {
	all := [][2]int{}
	for _, one := range ranges {
		last := len(all) - 1
		if last >= 0 && one.Start.Row <= all[last][1]+1 {
			all[last][1] = max(all[last][1], one.End.Row)
			continue
		}
		all = append(all, [2]int{one.Start.Row, one.End.Row})
	}
	return all
}
