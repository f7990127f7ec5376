package main

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"

	"attest/rego/shared"
)

// ground reads a value: JSON, or Rego's text where there are sets or keys that are no strings. What
// a policy's own code would be - references, calls, comprehensions - is refused.
func ground(text string) (*ast.Term, error) {
	if value, err := shared.Decode([]byte(text)); err == nil {
		return ast.NewTerm(value), nil
	}
	term, err := ast.ParseTerm(text)
	if err != nil {
		return nil, err
	}
	if _, err := writeTerm(nil, term); err != nil {
		return nil, err
	}
	return term, nil
}

// writeTerm appends the text of a value: JSON, with {a, b} and set() for sets.
func writeTerm(out []byte, term *ast.Term) ([]byte, error) {
	switch value := term.Value.(type) {
	case ast.Null, ast.Boolean, ast.Number:
		return append(out, value.String()...), nil
	case ast.String:
		text, err := encode(string(value))
		return append(out, text...), err
	case *ast.Array:
		return writeAll(out, '[', ']', value.Iter)
	case ast.Set:
		if value.Len() == 0 {
			return append(out, "set()"...), nil
		}
		return writeAll(out, '{', '}', value.Iter)
	case ast.Object:
		return writeObject(out, value)
	}
	return nil, fmt.Errorf("%s is not a value", term)
}

func writeAll(
	out []byte, open, shut byte, iter func(func(*ast.Term) error) error,
) ([]byte, error) {
	out = append(out, open)
	first := true
	err := iter(func(one *ast.Term) (err error) {
		if !first {
			out = append(out, ',')
		}
		first = false
		out, err = writeTerm(out, one)
		return err
	})
	return append(out, shut), err
}

func writeObject(out []byte, object ast.Object) ([]byte, error) {
	out = append(out, '{')
	first := true
	err := object.Iter(func(key, value *ast.Term) (err error) {
		if !first {
			out = append(out, ',')
		}
		first = false
		if out, err = writeTerm(out, key); err != nil {
			return err
		}
		out, err = writeTerm(append(out, ':'), value)
		return err
	})
	return append(out, '}'), err
}
