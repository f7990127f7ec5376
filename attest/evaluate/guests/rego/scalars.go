package main

import (
	"unicode/utf16"
	"unicode/utf8"

	"github.com/open-policy-agent/opa/v1/ast"
)

const (
	shortString = 32      // bytes of a string worth sharing
	maxShared   = 1 << 16 // shared strings of one document
)

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// number follows RFC 8259 §6 and keeps the digits as written.
func (d *decoder) number() (*ast.Term, error) {
	start := d.at
	if d.text[d.at] == '-' {
		d.at++
	}
	first := d.at
	if d.digits() == 0 || d.text[first] == '0' && d.at > first+1 {
		return nil, d.fail("malformed number")
	}
	if d.at-start < 4 && first == start && !d.fraction() {
		small := 0
		for _, c := range d.text[start:d.at] {
			small = small*10 + int(c-'0')
		}
		return ast.InternedTerm(small), nil
	}
	if d.at < len(d.text) && d.text[d.at] == '.' {
		if d.at++; d.digits() == 0 {
			return nil, d.fail("malformed number")
		}
	}
	if d.at < len(d.text) && d.text[d.at]|32 == 'e' {
		if d.at++; d.at < len(d.text) && (d.text[d.at] == '+' || d.text[d.at] == '-') {
			d.at++
		}
		if d.digits() == 0 {
			return nil, d.fail("malformed number")
		}
	}
	return ast.NewTerm(ast.Number(d.text[start:d.at])), nil
}

// fraction tells whether a fraction or an exponent follows.
func (d *decoder) fraction() bool {
	return d.at < len(d.text) && (d.text[d.at] == '.' || d.text[d.at]|32 == 'e')
}

func (d *decoder) digits() (count int) {
	for d.at < len(d.text) && isDigit(d.text[d.at]) {
		d.at++
		count++
	}
	return count
}

func (d *decoder) str() (*ast.Term, error) {
	d.at++
	for start := d.at; d.at < len(d.text); d.at++ {
		switch c := d.text[d.at]; {
		case c == '"':
			raw := d.text[start:d.at]
			d.at++
			return d.term(raw)
		case c == '\\':
			raw, err := d.escaped(start)
			if err != nil {
				return nil, err
			}
			return d.term(raw)
		case c < 0x20:
			return nil, d.fail("control character in a string")
		}
	}
	return nil, d.fail("a string does not end")
}

func (d *decoder) term(raw []byte) (*ast.Term, error) {
	if len(raw) <= shortString {
		if known, ok := d.seen[string(raw)]; ok {
			return known, nil
		}
	}
	if !utf8.Valid(raw) {
		return nil, d.fail("a string is not UTF-8")
	}
	term := ast.NewTerm(ast.String(raw))
	if len(raw) <= shortString && len(d.seen) < maxShared {
		d.seen[string(raw)] = term
	}
	return term, nil
}

var escapes = map[byte]byte{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// escaped reads the rest of a string that began at start and has its first escape here.
func (d *decoder) escaped(start int) ([]byte, error) {
	out := append(make([]byte, 0, d.at-start+shortString), d.text[start:d.at]...)
	for d.at < len(d.text) {
		c := d.text[d.at]
		d.at++
		switch {
		case c == '"':
			return out, nil
		case c < 0x20:
			return nil, d.fail("control character in a string")
		case c != '\\':
			out = append(out, c)
			continue
		case d.at >= len(d.text):
			return nil, d.fail("a string does not end")
		}
		e := d.text[d.at]
		d.at++
		if e == 'u' {
			r, err := d.codepoint()
			if err != nil {
				return nil, err
			}
			out = utf8.AppendRune(out, r)
		} else if plain, known := escapes[e]; known {
			out = append(out, plain)
		} else {
			return nil, d.fail("unknown escape in a string")
		}
	}
	return nil, d.fail("a string does not end")
}

// codepoint reads what follows \u, and the second half of a surrogate pair.
func (d *decoder) codepoint() (rune, error) {
	r := d.hex()
	if utf16.IsSurrogate(r) {
		if d.at+1 >= len(d.text) || d.text[d.at] != '\\' || d.text[d.at+1] != 'u' {
			return 0, d.fail("a string holds a lone surrogate")
		}
		d.at += 2
		if r = utf16.DecodeRune(r, d.hex()); r == utf8.RuneError {
			return 0, d.fail("a string holds a lone surrogate")
		}
	}
	if r < 0 {
		return 0, d.fail("malformed \\u escape")
	}
	return r, nil
}

func (d *decoder) hex() rune {
	if d.at+4 > len(d.text) {
		return -1
	}
	var r rune
	for _, c := range d.text[d.at : d.at+4] {
		switch {
		case isDigit(c):
			r = r<<4 | rune(c-'0')
		case c|32 >= 'a' && c|32 <= 'f':
			r = r<<4 | (rune(c|32-'a') + 10)
		default:
			return -1
		}
	}
	d.at += 4
	return r
}
