# Rules that need nothing of their host. `entrypoint:` names those that the program answers.
# entrypoint: allow
# entrypoint: deny
# entrypoint: result
# entrypoint: eligible
# entrypoint: undefined
# entrypoint: number
# entrypoint: details
# entrypoint: exact
# entrypoint: conflict
# entrypoint: strings
# entrypoint: data_list
# entrypoint: loop
# entrypoint: many
package pure

default allow := false

allow if {
	input.ok == true
	not input.blocked
}

deny contains message if {
	some component in input.components
	component.bad
	message := concat(" ", [component.name, "is bad"])
}

result := {"skipped": false, "violations": [message | some message in deny]}

default eligible := false

eligible if count(input.components) > 1

undefined if input.never

number := 1

details[name] := {"msg": "no"} if {
	some component in input.components
	name := component.name
	component.bad
}

default exact := false

exact if {
	input.big == 123456789012345678901234567890
	input.point == 1.10
	sum([1, 2, 3.5]) == 6.5
	7 % 3 == 1
	round(2.5) == 3
}

conflict := component.bad if some component in input.components

default strings := false

strings if {
	upper("straße") == "STRASSE"
} else if {
	contains("naïve \u2028", "ï")
	split("a,b,c", ",") == ["a", "b", "c"]
	trim_space("  x ") == "x"
	replace("aXa", "X", "b") == "aba"
	base64.decode(base64.encode("\u0000é")) == "\u0000é"
	json.unmarshal("{\"a\": [1, null]}") == {"a": [1, null]}
	object.get({"a": {"b": 1}}, ["a", "b"], 2) == 1
	{1, 2} & {2, 3} == {2}
	indexof("héllo", "l") == 2
}

default data_list := false

data_list if input.id in data.known.ids

loop if {
	some i in numbers.range(1, 100000)
	some j in numbers.range(1, 100000)
	i * j == -1
}

many contains i if some i in numbers.range(1, input.count)
