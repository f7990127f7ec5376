package main

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

// problem is an error with a reason code, and the place in the policy's source if there is one.
type problem struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	File    string `json:"file,omitempty"`
	Row     int    `json:"row,omitempty"`
	Column  int    `json:"column,omitempty"`
}

func (p *problem) Error() string { return p.Code + ": " + p.Message }

func refuse(code, format string, values ...any) *problem {
	return &problem{Code: code, Message: fmt.Sprintf(format, values...)}
}

func (p *problem) at(location *ast.Location) *problem {
	if location != nil {
		p.File, p.Row, p.Column = location.File, location.Row, location.Col
	}
	return p
}

// describe is what the host reads of an error.
func describe(err error) []byte {
	var known *problem
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

func evaluationProblem(err error) *problem {
	var raised *topdown.Error
	if !errors.As(err, &raised) {
		return refuse("EVAL_ERROR", "%v", err)
	}
	code, known := evaluationCodes[raised.Code]
	if !known {
		code = "EVAL_ERROR"
	}
	return refuse(code, "%s", raised.Message).at(raised.Location)
}

// sourceProblem describes what is wrong with the policy's own text.
func sourceProblem(code string, err error) *problem {
	var all ast.Errors
	if !errors.As(err, &all) || len(all) == 0 {
		return refuse(code, "%v", err)
	}
	lines := make([]string, 0, maxErrors)
	for i, one := range all[:min(len(all), maxErrors)] {
		line := one.Message
		if i > 0 && one.Location != nil {
			line = fmt.Sprintf("%s:%d: %s", one.Location.File, one.Location.Row, line)
		}
		lines = append(lines, line)
	}
	if extra := len(all) - maxErrors; extra > 0 {
		lines = append(lines, fmt.Sprintf("and %d more", extra))
	}
	return refuse(code, "%s", strings.Join(lines, "\n")).at(all[0].Location)
}
