package shared

import (
	"github.com/open-policy-agent/opa/v1/ast"
)

// Source is one module's text.
type Source struct {
	Path string `json:"path"`
	Text string `json:"text"`
}

// refused built-ins reach outside the sandbox, or look at the evaluator instead of the evidence.
var refused = map[string]bool{
	"net.lookup_ip_addr": true,
	"opa.runtime":        true,
	"rego.parse_module":  true,
	"trace":              true,
}

const httpSend = "http.send"

// Refused tells whether a policy may not call this built-in; http says that http.send is granted.
// Refuse makes a problem without a place.
func Refused(name string, http bool) bool {
	return refused[name] || name == httpSend && !http
}

// Capabilities are OPA's own without the built-ins that are refused.
func Capabilities(http bool) *ast.Capabilities {
	all := ast.CapabilitiesForThisVersion()
	kept := make([]*ast.Builtin, 0, len(all.Builtins))
	for _, builtin := range all.Builtins {
		if !Refused(builtin.Name, http) {
			kept = append(kept, builtin)
		}
	}
	all.Builtins, all.AllowNet = kept, []string{}
	return all
}

// ParserOptions read Rego v1, or v0, with annotations.
func ParserOptions(v0 bool, capabilities *ast.Capabilities) ast.ParserOptions {
	options := ast.ParserOptions{
		Capabilities:      capabilities,
		ProcessAnnotation: true,
		RegoVersion:       ast.RegoV1,
	}
	if v0 {
		options.RegoVersion = ast.RegoV0
	}
	return options
}

// Parse reads every module; it stops at the first one that does not parse.
func Parse(sources []Source, options ast.ParserOptions) ([]*ast.Module, error) {
	modules := make([]*ast.Module, 0, len(sources))
	for _, file := range sources {
		module, err := ast.ParseModuleWithOpts(file.Path, file.Text, options)
		if err != nil {
			return nil, SourceProblem("POLICY_PARSE", err)
		}
		if module == nil {
			return nil, &Problem{Code: "POLICY_PARSE", Message: "the module is empty", File: file.Path}
		}
		modules = append(modules, module)
	}
	return modules, nil
}

// Named keys the modules by their paths, which must differ.
func Named(modules []*ast.Module) (map[string]*ast.Module, error) {
	named := make(map[string]*ast.Module, len(modules))
	for _, module := range modules {
		path := module.Package.Location.File
		if _, twice := named[path]; twice {
			return nil, &Problem{Code: "POLICY_COMPILE", Message: "two modules have this path", File: path}
		}
		named[path] = module
	}
	return named, nil
}
