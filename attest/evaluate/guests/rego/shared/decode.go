package shared

import (
	"fmt"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// maxDepth bounds nesting; the host's own reader stops at 256.
const maxDepth = 512

// smallObject is how many keys are compared one by one before a set is worth its cost.
const smallObject = 16

// decoder builds ast.Value straight from JSON text: no second model stands between the signed bytes
// and the policy, and it is several times faster than the way through Go's own values. It refuses
// what RFC 8259 refuses, and duplicate keys, lone surrogates and depth above maxDepth.
//
// Allocating is what costs most in Wasm: strings stay where they are in the text, which must not
// change afterwards, and terms come from slabs.
type decoder struct {
	text  []byte
	at    int
	depth int
	seen  []*ast.Term // short strings and numbers repeat: share their terms
	slab  []ast.Term
	pairs [][2]*ast.Term // of the objects that are open
	items []*ast.Term    // of the arrays that are open
}

// Decode reads one JSON document. The value keeps parts of the text.
func Decode(text []byte) (ast.Value, error) {
	d := &decoder{text: text, seen: make([]*ast.Term, slots(len(text)))}
	term, err := d.value()
	if err != nil {
		return nil, err
	}
	if d.space(); d.at != len(text) {
		return nil, d.fail("text after the end of the JSON document")
	}
	return term.Value, nil
}

func (d *decoder) fail(format string, values ...any) error {
	return fmt.Errorf("%s (at byte %d)", fmt.Sprintf(format, values...), d.at)
}

func (d *decoder) space() {
	for d.at < len(d.text) {
		switch d.text[d.at] {
		case ' ', '\t', '\n', '\r':
			d.at++
		default:
			return
		}
	}
}

// next skips space and returns the byte there, 0 at the end.
func (d *decoder) next() byte {
	d.space()
	if d.at < len(d.text) {
		return d.text[d.at]
	}
	return 0
}

func (d *decoder) value() (*ast.Term, error) {
	switch c := d.next(); {
	case c == '"':
		return d.str()
	case c == '{':
		return d.nested(d.object)
	case c == '[':
		return d.nested(d.array)
	case c == 't' && d.literal("true"):
		return ast.InternedTerm(true), nil
	case c == 'f' && d.literal("false"):
		return ast.InternedTerm(false), nil
	case c == 'n' && d.literal("null"):
		return ast.NullTerm(), nil
	case c == '-' || isDigit(c):
		return d.number()
	}
	return nil, d.fail("a JSON value was expected")
}

func (d *decoder) nested(read func() (*ast.Term, error)) (*ast.Term, error) {
	if d.depth++; d.depth > maxDepth {
		return nil, d.fail("nested deeper than %d levels", maxDepth)
	}
	d.at++
	term, err := read()
	d.depth--
	return term, err
}

func (d *decoder) object() (*ast.Term, error) {
	if d.next() == '}' {
		d.at++
		return d.term(ast.NewObject()), nil
	}
	// ast.NewObject keeps every pair it is given: duplicates must be found here.
	keys := keySet{}
	first := len(d.pairs)
	for {
		if d.next() != '"' {
			return nil, d.fail("an object key was expected")
		}
		key, err := d.str()
		if err != nil {
			return nil, err
		}
		if !keys.add(string(key.Value.(ast.String)), d.pairs[first:]) {
			return nil, d.fail("duplicate key %s", key)
		}
		if d.next() != ':' {
			return nil, d.fail("':' was expected")
		}
		d.at++
		value, err := d.value()
		if err != nil {
			return nil, err
		}
		d.pairs = append(d.pairs, [2]*ast.Term{key, value})
		if end, err := d.end('}'); err != nil {
			return nil, err
		} else if end {
			object := ast.NewObject(d.pairs[first:]...) // copies them
			d.pairs = d.pairs[:first]
			return d.term(object), nil
		}
	}
}

func (d *decoder) array() (*ast.Term, error) {
	if d.next() == ']' {
		d.at++
		return d.term(ast.NewArray()), nil
	}
	first := len(d.items)
	for {
		value, err := d.value()
		if err != nil {
			return nil, err
		}
		d.items = append(d.items, value)
		if end, err := d.end(']'); err != nil {
			return nil, err
		} else if end {
			array := ast.NewArray(slices.Clone(d.items[first:])...)
			d.items = d.items[:first]
			return d.term(array), nil
		}
	}
}

// end takes a comma, or the bracket that closes the object or array.
func (d *decoder) end(closing byte) (bool, error) {
	switch c := d.next(); c {
	case ',', closing:
		d.at++
		return c == closing, nil
	}
	return false, d.fail("',' or %q was expected", closing)
}

func (d *decoder) literal(word string) bool {
	if end := d.at + len(word); end <= len(d.text) && string(d.text[d.at:end]) == word {
		d.at = end
		return true
	}
	return false
}

// keySet is the keys of one object; it becomes a map only where the object is not small.
type keySet struct{ known map[string]struct{} }

func (s *keySet) add(key string, pairs [][2]*ast.Term) bool {
	if s.known == nil {
		for _, pair := range pairs {
			if string(pair[0].Value.(ast.String)) == key {
				return false
			}
		}
		if len(pairs) < smallObject {
			return true
		}
		s.known = make(map[string]struct{}, 4*smallObject)
		for _, pair := range pairs {
			s.known[string(pair[0].Value.(ast.String))] = struct{}{}
		}
	}
	if _, twice := s.known[key]; twice {
		return false
	}
	s.known[key] = struct{}{}
	return true
}
