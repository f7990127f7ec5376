package main

import (
	"encoding/json"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown/builtins"
)

// options are what http.send was asked (OPA, policy reference, HTTP); raise_error is true by default.
type options struct {
	request   httpRequest
	forceJSON bool
	raise     bool
}

// harmless options only tune caching, retries and time: the host has its own rules for these.
var harmless = map[string]bool{
	"cache": true, "cache_ignored_headers": true, "caching_mode": true, "force_cache": true,
	"force_cache_duration_seconds": true, "max_retry_attempts": true, "timeout": true,
	"tls_use_system_certs": true,
}

// switches may only stand as they are by default: what they would change, the host does not do.
var switches = map[string]bool{
	"enable_redirect": true, "force_yaml_decode": true, "tls_insecure_skip_verify": true,
}

// readOptions refuses what it does not know how to honour.
func readOptions(object ast.Object) (options, error) {
	read := options{request: httpRequest{Headers: map[string]string{}}, raise: true}
	body, raw := []byte{}, []byte(nil)
	err := object.Iter(func(key, value *ast.Term) (err error) {
		name, isText := key.Value.(ast.String)
		if !isText {
			return builtins.NewOperandErr(1, "invalid request parameter %v", key)
		}
		switch name := string(name); {
		case name == "method":
			read.request.Method, err = text(name, value)
		case name == "url":
			read.request.URL, err = text(name, value)
		case name == "headers":
			err = read.headers(value)
		case name == "body":
			body, err = marshal(value)
		case name == "raw_body":
			var plain string
			plain, err = text(name, value)
			raw = []byte(plain)
		case name == "force_json_decode":
			read.forceJSON, err = boolean(name, value)
		case name == "raise_error":
			read.raise, err = boolean(name, value)
		case switches[name]:
			var on bool
			if on, err = boolean(name, value); on {
				err = unsupported(name)
			}
		case !harmless[name]:
			err = unsupported(name)
		}
		return err
	})
	if err == nil && (read.request.Method == "" || read.request.URL == "") {
		err = builtins.NewOperandErr(1, "missing required request parameters: method and url")
	}
	read.request.Method = strings.ToUpper(read.request.Method)
	if read.request.Body = body; raw != nil {
		read.request.Body = raw
	}
	return read, err
}

func (o *options) headers(value *ast.Term) error {
	object, err := builtins.ObjectOperand(value.Value, 1)
	if err != nil {
		return builtins.NewOperandErr(1, "headers must be an object")
	}
	return object.Iter(func(key, value *ast.Term) error {
		name, isText := key.Value.(ast.String)
		if !isText || strings.EqualFold(string(name), "host") {
			return builtins.NewOperandErr(1, "header %v is not supported", key)
		}
		content, err := text("header "+string(name), value)
		o.request.Headers[string(name)] = content
		return err
	})
}

func unsupported(name string) error {
	return builtins.NewOperandErr(1, "request parameter %q is not supported", name)
}

func text(name string, value *ast.Term) (string, error) {
	content, ok := value.Value.(ast.String)
	if !ok {
		return "", builtins.NewOperandErr(1, "%s must be a string", name)
	}
	return string(content), nil
}

func boolean(name string, value *ast.Term) (bool, error) {
	content, ok := value.Value.(ast.Boolean)
	if !ok {
		return false, builtins.NewOperandErr(1, "%s must be true or false", name)
	}
	return bool(content), nil
}

func marshal(value *ast.Term) ([]byte, error) {
	plain, err := ast.JSON(value.Value)
	if err != nil {
		return nil, err
	}
	return json.Marshal(plain)
}
