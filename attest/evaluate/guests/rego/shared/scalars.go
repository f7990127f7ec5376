package shared

import (
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
	"unsafe"

	"github.com/open-policy-agent/opa/v1/ast"
)

const (
	shortString = 32 // bytes of a string worth sharing
	maxSlots    = 1 << 12
	slabTerms   = 64
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
	return d.shared(d.text[start:d.at], false), nil
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
	start, high := d.at, byte(0)
	for i, c := range d.text[start:] {
		switch {
		case c == '"':
			d.at = start + i + 1
			return d.checked(d.text[start:start+i], high)
		case c == '\\':
			d.at = start + i
			raw, err := d.escaped(start)
			if err != nil {
				return nil, err
			}
			return d.checked(raw, utf8.RuneSelf)
		case c < 0x20:
			d.at = start + i
			return nil, d.fail("control character in a string")
		}
		high |= c
	}
	d.at = len(d.text)
	return nil, d.fail("a string does not end")
}

// checked is the term of a string; high has the bits of all its bytes.
func (d *decoder) checked(raw []byte, high byte) (*ast.Term, error) {
	if high >= utf8.RuneSelf && !utf8.Valid(raw) {
		return nil, d.fail("a string is not UTF-8")
	}
	return d.shared(raw, true), nil
}

// shared is the term of a string or number; a short one that was seen lately is given again.
func (d *decoder) shared(raw []byte, text bool) *ast.Term {
	if len(raw) == 0 || len(raw) > shortString {
		return d.term(scalar(raw, text))
	}
	slot := &d.seen[mix(raw)&(len(d.seen)-1)]
	if known := *slot; known != nil {
		switch value := known.Value.(type) {
		case ast.String:
			if text && string(value) == string(raw) {
				return known
			}
		case ast.Number:
			if !text && string(value) == string(raw) {
				return known
			}
		}
	}
	*slot = d.term(scalar(raw, text))
	return *slot
}

// slots is how many terms a document of that size may share: a power of two.
func slots(size int) int { return min(maxSlots, 1<<bits.Len(uint(size/64))) }

// mix looks at length, both ends and the middle; what falls together only costs a term.
func mix(raw []byte) int {
	n := len(raw)
	mixed := uint32(n)
	for _, c := range [...]byte{raw[0], raw[n/4], raw[n/2], raw[n-n/4-1], raw[n-1]} {
		mixed = (mixed ^ uint32(c)) * 0x9E3779B1
	}
	return int(mixed >> 16)
}

func scalar(raw []byte, text bool) ast.Value {
	content := unsafe.String(unsafe.SliceData(raw), len(raw))
	if text {
		return ast.String(content)
	}
	return ast.Number(content)
}

// term gives a value its term.
func (d *decoder) term(value ast.Value) *ast.Term {
	if len(d.slab) == 0 {
		d.slab = make([]ast.Term, slabTerms)
	}
	made := &d.slab[0]
	made.Value = value
	d.slab = d.slab[1:]
	return made
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
