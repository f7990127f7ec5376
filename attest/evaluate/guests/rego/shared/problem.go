package shared

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// maxErrors bounds how many of the compiler's errors one message lists.
const maxErrors = 10

// Problem is an error with a reason code, and the place in the policy's source if there is one.
type Problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	File    string `json:"file,omitempty"`
	Row     int    `json:"row,omitempty"`
	Column  int    `json:"column,omitempty"`
}

func (p *Problem) Error() string { return p.Code + ": " + p.Message }

// Refuse makes a problem without a place.
func Refuse(code, format string, values ...any) *Problem {
	return &Problem{Code: code, Message: fmt.Sprintf(format, values...)}
}

// At gives the problem a place.
func (p *Problem) At(location *ast.Location) *Problem {
	if location != nil {
		p.File, p.Row, p.Column = location.File, location.Row, location.Col
	}
	return p
}

// describe is what the host reads of an error.
func describe(err error) []byte {
	var known *Problem
	if !errors.As(err, &known) {
		known = evaluationProblem(err)
	}
	body, _ := json.Marshal(known)
	return body
}

var evaluationCodes = map[string]string{
	topdown.BuiltinErr:   "BUILTIN_ERROR",
	topdown.ConflictErr:  "EVAL_CONFLICT",
	topdown.WithMergeErr: "EVAL_CONFLICT",
}

func evaluationProblem(err error) *Problem {
	var raised *topdown.Error
	if !errors.As(err, &raised) {
		return Refuse("EVAL_ERROR", "%v", err)
	}
	code, known := evaluationCodes[raised.Code]
	if !known {
		code = "EVAL_ERROR"
	}
	return Refuse(code, "%s", raised.Message).At(raised.Location)
}

// SourceProblem describes what is wrong with the policy's own text.
func SourceProblem(code string, err error) *Problem {
	var all ast.Errors
	if !errors.As(err, &all) || len(all) == 0 {
		return Refuse(code, "%v", err)
	}
	lines := make([]string, 0, maxErrors)
	for i, one := range all[:min(len(all), maxErrors)] {
		line := explain(one.Message)
		if i > 0 && one.Location != nil {
			line = fmt.Sprintf("%s:%d: %s", one.Location.File, one.Location.Row, line)
		}
		lines = append(lines, line)
	}
	if extra := len(all) - maxErrors; extra > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", extra))
	}
	return Refuse(code, "%s", strings.Join(lines, "\n")).At(all[0].Location)
}

// explain tells what OPA cannot know: that a built-in is missing because it is refused.
func explain(message string) string {
	name, missing := strings.CutPrefix(message, "undefined function ")
	switch {
	case missing && name == httpSend:
		return message + " (a policy has it only where the plan grants http to it)"
	case missing && refused[name]:
		return message + " (a policy may not call it here)"
	}
	return message
}
