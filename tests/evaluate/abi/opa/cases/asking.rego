# Rules that ask their host for built-in functions. `entrypoint:` names those that the program answers.
# entrypoint: deny_texts
# entrypoint: deny_sets
# entrypoint: deny_times
# entrypoint: deny_digests
# entrypoint: deny_documents
# entrypoint: deny_versions
# entrypoint: deny_tokens
# entrypoint: deny_failing
# entrypoint: deny_printing
# entrypoint: deny_random
package asking

deny_texts contains sprintf("%s %d %v", [c.name, c.count, c]) if some c in input.components

deny_texts contains regex.replace(c.name, `\s+`, "_") if some c in input.components

deny_texts contains part if some part in regex.find_n(`[a-z]+`, "ab 1 cd", -1)

deny_sets contains sprintf("%v", [{1, "a", [true, null], {"k": {2, 3}}}])

deny_sets contains "subset" if object.subset({"a", "b", input.id}, {"b"})

deny_sets contains "prefix" if strings.any_prefix_match({"alpha", "beta"}, {"be", "x"})

deny_sets contains concat(",", sort(graph.reachable_paths({"a": {"b"}, "b": set()}, {"a"})[_]))

deny_times contains time.format(time.now_ns())

deny_times contains sprintf("%d", [time.now_ns()])

deny_times contains sprintf("%v", [time.date(time.parse_rfc3339_ns("2024-02-29T12:00:00Z"))])

deny_times contains sprintf("%v", [time.now_ns() == time.now_ns()])

deny_digests contains crypto.sha256(input.id)

deny_digests contains hex.encode("\u0000\n\"é\u2028")

deny_digests contains crypto.hmac.sha256(input.id, "key")

deny_documents contains yaml.marshal({"a": [1, {"b": null}], "z": 0.10})

deny_documents contains sprintf("%v", [yaml.unmarshal("a: 1\nb: [x, 1.50]\n")])

deny_documents contains sprintf("%v", [json.patch({"a": 1}, [{"op": "add", "path": "/b", "value": 12345678901234567890123}])])

deny_documents contains sprintf("%v", [json.match_schema(input, {"type": "object", "required": ["never"]})[0]])

deny_versions contains sprintf("%d", [semver.compare("1.10.0", "1.9.0")])

deny_versions contains sprintf("%v", [units.parse_bytes("1.5GiB")])

deny_versions contains urlquery.encode("a b&c")

deny_tokens contains sprintf("%v", [io.jwt.decode("eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.eA")[1]])

deny_failing contains sprintf("%d", [time.parse_rfc3339_ns(input.id)])

deny_printing contains "printed" if print("seen", input.id)

deny_random contains sprintf("%d", [rand.intn("seed", 100)])

deny_random contains uuid.rfc4122("k")
