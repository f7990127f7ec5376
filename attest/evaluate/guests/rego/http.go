package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/topdown/builtins"

	"attest/rego/shared"
)

// sent holds the answers of one evaluation, so that asking twice gives the same (OPA caches within
// a query likewise). A document gets a fresh instance, and with it an empty map.
var sent = map[string]httpAnswer{}

type httpRequest struct {
	Method  string            `json:"method"`
	URL     string            `json:"url"`
	Headers map[string]string `json:"headers"`
	Body    []byte            `json:"body"`
}

// httpAnswer is what the host says; Error stands only where the grant lets a request fail.
type httpAnswer struct {
	Status  int                 `json:"status"`
	Headers map[string][]string `json:"headers"`
	Body    []byte              `json:"body"`
	Error   string              `json:"error"`
}

// The runtime's own http.send has neither sockets nor files here: the host performs the request.
func init() { topdown.RegisterBuiltinFunc(ast.HTTPSend.Name, send) }

func send(_ topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
	object, err := builtins.ObjectOperand(operands[0].Value, 1)
	if err != nil {
		return err
	}
	asked, err := readOptions(object)
	if err != nil {
		return err
	}
	key, err := json.Marshal(asked.request)
	if err != nil {
		return err
	}
	given, known := sent[string(key)]
	if !known {
		if given, err = perform(key); err != nil {
			return err
		}
		sent[string(key)] = given
	}
	response, err := asked.response(given)
	if err != nil {
		return err
	}
	return iter(response)
}

func perform(request json.RawMessage) (given httpAnswer, err error) {
	body, err := shared.CallHost("http", request)
	if err != nil {
		return given, err
	}
	err = json.Unmarshal(body, &given)
	return given, err
}

// response is OPA's object. A failure reaches this point only where the plan's grant says so.
func (o options) response(given httpAnswer) (*ast.Term, error) {
	if given.Error != "" || given.Status == 0 {
		if o.raise {
			return nil, errors.New(given.Error)
		}
		return ast.ObjectTerm(
			item("status_code", ast.InternedTerm(0)),
			item("error", ast.ObjectTerm(
				item("code", ast.StringTerm(topdown.HTTPSendNetworkErr)),
				item("message", ast.StringTerm(given.Error)),
			)),
		), nil
	}
	body, err := o.decoded(given)
	if err != nil {
		return nil, err
	}
	headers := ast.NewObject()
	for name, values := range given.Headers {
		listed := make([]*ast.Term, 0, len(values))
		for _, value := range values {
			listed = append(listed, ast.StringTerm(value))
		}
		headers.Insert(ast.StringTerm(strings.ToLower(name)), ast.ArrayTerm(listed...))
	}
	return ast.ObjectTerm(
		item("status", ast.StringTerm(fmt.Sprintf("%d %s", given.Status, http.StatusText(given.Status)))),
		item("status_code", ast.InternedTerm(given.Status)),
		item("body", body),
		item("raw_body", ast.StringTerm(strings.ToValidUTF8(string(given.Body), "\uFFFD"))),
		item("headers", ast.NewTerm(headers)),
	), nil
}

// decoded is the body where it says that it is JSON, or the policy says so. OPA answers null when it
// is not: a rule that looks into it would be undefined, so that is an error here.
func (o options) decoded(given httpAnswer) (*ast.Term, error) {
	if !o.forceJSON && !isJSON(given.Headers) || len(bytes.TrimSpace(given.Body)) == 0 {
		return ast.NullTerm(), nil
	}
	value, err := shared.Decode(given.Body)
	if err != nil {
		return nil, fmt.Errorf("the answer of %s is not JSON: %w", o.request.URL, err)
	}
	return ast.NewTerm(value), nil
}

func isJSON(headers map[string][]string) bool {
	for name, values := range headers {
		if strings.EqualFold(name, "content-type") && len(values) > 0 {
			kind, _, err := mime.ParseMediaType(values[0])
			return err == nil && (kind == "application/json" ||
				strings.HasPrefix(kind, "application/") && strings.HasSuffix(kind, "+json"))
		}
	}
	return false
}

func item(name string, value *ast.Term) [2]*ast.Term { return ast.Item(ast.StringTerm(name), value) }
