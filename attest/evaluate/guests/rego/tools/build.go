package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io/fs"
	"strings"
	"testing/fstest"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/compile"

	"attest/rego/shared"
)

// build compiles the modules to Wasm; its answer is OPA's bundle (tar, gzip) and its policy.wasm.
func build(asked command) (any, error) {
	files, err := tree(asked)
	if err != nil {
		return nil, err
	}
	version := ast.RegoV1
	if asked.V0 {
		version = ast.RegoV0
	}
	var out bytes.Buffer
	compiler := compile.New().
		WithTarget(compile.TargetWasm).
		WithFS(files).
		WithPaths(".").
		WithAsBundle(true).
		WithCapabilities(shared.Capabilities(asked.HTTP)).
		WithEntrypoints(asked.Entrypoints...).
		WithRegoVersion(version).
		WithOutput(&out)
	if err := compiler.Build(context.Background()); err != nil {
		return nil, shared.SourceProblem("POLICY_COMPILE", err)
	}
	made := compiler.Bundle()
	if len(made.Modules) != len(asked.Modules) || len(made.WasmModules) != 1 {
		return nil, shared.Refuse("POLICY_COMPILE", "%d modules of %d were compiled to %d programs",
			len(made.Modules), len(asked.Modules), len(made.WasmModules))
	}
	return map[string]any{"bundle": out.Bytes(), "wasm": made.WasmModules[0].Raw}, nil
}

// tree is the folder that OPA's loader reads. Every module is parsed before, and data documents are
// merged by the rules of an evaluation: the loader alone would take duplicate keys.
func tree(asked command) (fs.FS, error) {
	if len(asked.Entrypoints) == 0 {
		return nil, shared.Refuse("NO_ENTRY_RULE", "no entrypoint is named")
	}
	options := shared.ParserOptions(asked.V0, shared.Capabilities(asked.HTTP))
	modules, err := shared.Parse(asked.Modules, options)
	if err != nil {
		return nil, err
	}
	if _, err := shared.Named(modules); err != nil {
		return nil, err
	}
	files := fstest.MapFS{}
	for _, file := range asked.Modules {
		if !fs.ValidPath(file.Path) || !strings.HasSuffix(file.Path, ".rego") {
			return nil, &shared.Problem{
				Code: "POLICY_COMPILE", Message: "its path is not one of a .rego file", File: file.Path,
			}
		}
		files[file.Path] = &fstest.MapFile{Data: []byte(file.Text)}
	}
	data, err := shared.MergeData(asked.Data)
	if err != nil {
		return nil, err
	}
	if data.Len() == 0 {
		return files, nil
	}
	plain, err := ast.JSON(data)
	if err != nil {
		return nil, err
	}
	text, err := json.Marshal(plain)
	files["data.json"] = &fstest.MapFile{Data: text}
	return files, err
}
