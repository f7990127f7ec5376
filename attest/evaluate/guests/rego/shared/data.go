package shared

import (
	"bytes"
	"errors"
	"io"

	"github.com/open-policy-agent/opa/v1/ast"
	"go.yaml.in/yaml/v3"
)

// Document is one file of data: its text and where its content stands under `data`.
type Document struct {
	Name string   `json:"name"`
	Path []string `json:"path"`
	Text string   `json:"text"`
	YAML bool     `json:"yaml"`
}

// MergeData makes one object of all data documents; no two may claim the same path.
func MergeData(documents []Document) (ast.Object, error) {
	merged := ast.NewObject()
	for _, file := range documents {
		value, err := file.value()
		if err != nil {
			return nil, &Problem{Code: "DATA_INVALID", Message: err.Error(), File: file.Name}
		}
		object, ok := value.(ast.Object)
		for i := len(file.Path) - 1; i >= 0; i-- {
			object, ok = ast.NewObject(ast.Item(ast.StringTerm(file.Path[i]), ast.NewTerm(value))), true
			value = object
		}
		if !ok {
			return nil, &Problem{
				Code: "DATA_INVALID", Message: "the top level is not an object", File: file.Name,
			}
		}
		if merged, ok = merged.Merge(object); !ok {
			return nil, &Problem{
				Code: "DATA_CONFLICT", Message: "another document claims the same path", File: file.Name,
			}
		}
	}
	return merged, nil
}

func (d Document) value() (ast.Value, error) {
	if !d.YAML {
		return Decode([]byte(d.Text))
	}
	reader := yaml.NewDecoder(bytes.NewReader([]byte(d.Text)))
	var value any
	if err := reader.Decode(&value); err != nil {
		return nil, err
	}
	if err := reader.Decode(new(any)); !errors.Is(err, io.EOF) {
		return nil, errors.New("more than one YAML document")
	}
	return ast.InterfaceToValue(value)
}
