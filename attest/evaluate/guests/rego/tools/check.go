package main

import (
	"errors"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"

	"attest/rego/shared"
)

// check lists what is wrong with the modules: every file that does not parse, else what the compiler
// says of all of them together.
func check(asked command) (any, error) {
	capabilities := shared.Capabilities(asked.HTTP)
	options := shared.ParserOptions(asked.V0, capabilities)
	problems := []*shared.Problem{}
	var modules []*ast.Module
	for _, file := range asked.Modules {
		module, err := ast.ParseModuleWithOpts(file.Path, file.Text, options)
		if err == nil && module == nil {
			err = &shared.Problem{Code: "POLICY_PARSE", Message: "the module is empty", File: file.Path}
		}
		if err != nil {
			problems = append(problems, listed("POLICY_PARSE", err)...)
		}
		modules = append(modules, module)
	}
	if len(problems) == 0 {
		if _, err := compiled(modules, asked, capabilities); err != nil {
			problems = append(problems, listed("POLICY_COMPILE", err)...)
		}
	}
	return map[string]any{"problems": problems}, nil
}

func compiled(
	modules []*ast.Module, asked command, capabilities *ast.Capabilities,
) (*ast.Compiler, error) {
	named, err := shared.Named(modules)
	if err != nil {
		return nil, err
	}
	compiler := ast.NewCompiler().
		WithCapabilities(capabilities).
		WithEnablePrintStatements(true).
		WithStrict(asked.Strict).
		SetErrorLimit(maxProblems)
	if compiler.Compile(named); compiler.Failed() {
		return nil, compiler.Errors
	}
	return compiler, nil
}

// maxProblems bounds what the compiler lists.
const maxProblems = 100

// listed gives each of OPA's errors a place of its own.
func listed(code string, err error) []*shared.Problem {
	var known *shared.Problem
	var all ast.Errors
	switch {
	case errors.As(err, &known):
		return []*shared.Problem{known}
	case !errors.As(err, &all):
		return []*shared.Problem{shared.SourceProblem(code, err)}
	}
	each := make([]*shared.Problem, 0, len(all))
	for _, one := range all {
		each = append(each, shared.SourceProblem(code, ast.Errors{one}))
	}
	return each
}

// layOut formats each module; its answer has them in the same order.
func layOut(asked command) (any, error) {
	capabilities := shared.Capabilities(asked.HTTP)
	parser := shared.ParserOptions(asked.V0, capabilities)
	options := format.Opts{
		RegoVersion: parser.RegoVersion, ParserOptions: &parser, Capabilities: capabilities,
	}
	texts := make([]string, 0, len(asked.Modules))
	for _, file := range asked.Modules {
		text, err := format.SourceWithOpts(file.Path, []byte(file.Text), options)
		if err != nil {
			return nil, shared.SourceProblem("POLICY_PARSE", err)
		}
		texts = append(texts, string(text))
	}
	return map[string]any{"texts": texts}, nil
}
