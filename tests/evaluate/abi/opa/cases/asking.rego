# Rules that ask their host for built-in functions. `entrypoint:` names those that the program answers.
# entrypoint: texts
# entrypoint: sets
# entrypoint: times
# entrypoint: digests
# entrypoint: documents
# entrypoint: versions
# entrypoint: tokens
# entrypoint: failing
# entrypoint: printing
# entrypoint: random
package asking

texts contains sprintf("%s %d %v", [c.name, c.count, c]) if some c in input.components

texts contains regex.replace(c.name, `\s+`, "_") if some c in input.components

texts contains part if some part in regex.find_n(`[a-z]+`, "ab 1 cd", -1)

sets contains sprintf("%v", [{1, "a", [true, null], {"k": {2, 3}}}])

sets contains "subset" if object.subset({"a", "b", input.id}, {"b"})

sets contains "prefix" if strings.any_prefix_match({"alpha", "beta"}, {"be", "x"})

sets contains concat(",", sort(graph.reachable_paths({"a": {"b"}, "b": set()}, {"a"})[_]))

times := {"violations": [text |
	some text in [
		time.format(time.now_ns()),
		sprintf("%d", [time.now_ns()]),
		sprintf("%v", [time.date(time.parse_rfc3339_ns("2024-02-29T12:00:00Z"))]),
		sprintf("%v", [time.now_ns() == time.now_ns()]),
	]
]}

digests contains crypto.sha256(input.id)

digests contains hex.encode("\u0000\n\"é\u2028")

digests contains crypto.hmac.sha256(input.id, "key")

documents contains yaml.marshal({"a": [1, {"b": null}], "z": 0.10})

documents contains sprintf("%v", [yaml.unmarshal("a: 1\nb: [x, 1.50]\n")])

documents contains sprintf("%v", [json.patch({"a": 1}, [{"op": "add", "path": "/b", "value": 12345678901234567890123}])])

documents contains sprintf("%v", [json.match_schema(input, {"type": "object", "required": ["never"]})[0]])

versions contains sprintf("%d", [semver.compare("1.10.0", "1.9.0")])

versions contains sprintf("%v", [units.parse_bytes("1.5GiB")])

versions contains urlquery.encode("a b&c")

tokens contains sprintf("%v", [io.jwt.decode("eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.eA")[1]])

failing contains sprintf("%d", [time.parse_rfc3339_ns(input.id)])

printing contains "printed" if print("seen", input.id)

random contains sprintf("%d", [rand.intn("seed", 100)])

random contains uuid.rfc4122("k")
