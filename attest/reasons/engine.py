"""Reason codes of the engine stage."""

from __future__ import annotations

from attest.reasons.reason import Reason

_LIMIT = "Raise the policy's limits in the plan, or make the policy do less work."
_POLICY = "Fix the policy; `attest policy eval` shows the same error."

HOST: dict[str, Reason] = {
    "COMPILE_FAILED": Reason(
        6,
        "A Wasm program could not be compiled.",
        "Build the policy again; it must be a valid WebAssembly 2.0 module.",
    ),
    "COMPILE_MEMORY": Reason(
        6,
        "Compiling a Wasm program took more memory than is allowed.",
        "Make the program smaller; very large functions are the usual cause.",
    ),
    "COMPILE_TIMEOUT": Reason(
        6,
        "Compiling a Wasm program took longer than is allowed.",
        "Make the program smaller, or raise the policy's timeout in the plan.",
    ),
    "GUEST_EXIT": Reason(
        6, "A policy program ended itself instead of answering.", "See its log lines for the cause."
    ),
    "GUEST_INVALID": Reason(
        6,
        "A policy program broke its calling convention.",
        "Build the policy again with the toolkit of the engine it declares.",
    ),
    "OUTPUT_LIMIT": Reason(6, "A policy wrote more output than its limit.", _LIMIT),
    "OUT_OF_FUEL": Reason(6, "A policy ran more instructions than its fuel limit.", _LIMIT),
    "OUT_OF_MEMORY": Reason(6, "A policy wanted more memory than its limit.", _LIMIT),
    "TIMEOUT": Reason(
        6, "A policy did not answer in time. Wall-clock errors cannot be replayed.", _LIMIT
    ),
    "TRAP": Reason(6, "A policy program crashed inside its sandbox.", _POLICY),
    "WORKER_DIED": Reason(
        6,
        "The process that ran a policy died, twice.",
        "Check whether the system is short of memory; then report the policy as hostile.",
    ),
    "WORKER_UNAVAILABLE": Reason(
        6,
        "No worker process could be started.",
        "Check that wasmtime is installed and that new processes may be started.",
    ),
}
"""The Wasm host's own reasons."""

REGO: dict[str, Reason] = {
    "BUILTIN_ERROR": Reason(
        6,
        "A built-in function failed while a policy was evaluated.",
        "Guard the call in the policy: a failed call must not silently mean undefined.",
    ),
    "DATA_CONFLICT": Reason(
        6,
        "Two data documents, or a data document and a rule, claim the same path.",
        "Give one of them another path.",
    ),
    "DATA_INVALID": Reason(
        6, "A data document is not strict JSON or YAML.", "Fix the data document."
    ),
    "ENTRY_AMBIGUOUS": Reason(
        6,
        "A policy has entry rules of more than one contract, or a rule that only looks like one.",
        "Name the rule that decides: `entrypoint: pkg/rule`, or rename what is no entry rule.",
    ),
    "EVAL_CONFLICT": Reason(6, "Rules gave two different values for one document.", _POLICY),
    "EVAL_ERROR": Reason(6, "A policy's evaluation failed.", _POLICY),
    "INPUT_INVALID": Reason(
        6,
        "The document is not one that a policy can read: it must be strict JSON.",
        "Look at the evidence: duplicate keys, depth and number forms are checked.",
    ),
    "NO_ENTRY_RULE": Reason(
        6,
        "A policy defines no rule that decides anything.",
        "Define deny, violation or allow, or name the rule: `entrypoint: pkg/rule`.",
    ),
    "POLICY_COMPILE": Reason(6, "A policy's source does not compile.", _POLICY),
    "POLICY_PARSE": Reason(6, "A policy's source does not parse.", _POLICY),
    "UNDEFINED_RESULT": Reason(
        6,
        "A rule that must decide was undefined for this document.",
        "Give the rule a default, such as `default allow := false`.",
    ),
}
"""What the Rego guest can answer instead of a value."""

DETECT: dict[str, Reason] = {
    "ARGUMENTS_UNSUPPORTED": Reason(
        6,
        "A policy is passed arguments, and its calling convention has no place for them.",
        "Leave out `with:`, or build the policy with a toolkit that reads arguments.",
    ),
    "BUILTIN_REFUSED": Reason(
        6,
        "A compiled policy asks for a built-in function that it does not get.",
        "Give it what it needs as evidence or as a pinned data document.",
    ),
    "ENGINE_AMBIGUOUS": Reason(
        6,
        "A policy's code speaks to more than one engine.",
        "Keep one program, in one language, in each policy.",
    ),
    "ENGINE_MISMATCH": Reason(
        6,
        "A policy's code is for another engine than the declared one.",
        "Correct `engine:`, or find out who changed the code.",
    ),
    "ENGINE_UNKNOWN": Reason(
        6,
        "No engine recognises a policy's code, or the declared engine does not exist.",
        "A policy is Rego source with a package clause, or a Wasm program for one known engine.",
    ),
    "ENGINE_UNSUPPORTED": Reason(
        6,
        "A policy is for an engine that this version cannot run.",
        "Write it in Rego or for Extism, or update attest.",
    ),
    "EXPORT_MISSING": Reason(
        6,
        "A Wasm policy lacks a function that its engine calls, or has it in another form.",
        "Build the policy again with the toolkit of the engine it declares.",
    ),
    "IMPORT_FORBIDDEN": Reason(
        6,
        "A Wasm policy asks its host for something that no engine offers.",
        "Build the policy for its engine's interface alone.",
    ),
    "WASM_MALFORMED": Reason(
        6, "A Wasm policy is damaged or too large.", "Build or fetch the policy again."
    ),
}
"""Which engine a policy's bytes ask for."""

ANSWER: dict[str, Reason] = {
    "CROSS_CHECK_DISAGREES": Reason(
        6,
        "A second engine gave another answer on the same policy and document.",
        "Do not release; report the policy, it is either hostile or hits a bug in an engine.",
    ),
    "GARBAGE_RESULT": Reason(
        6,
        "A policy's answer is not a result that its contract knows.",
        "Answer with an object that has `violations` or `findings`, or with a boolean rule.",
    ),
    "GUEST_ERROR": Reason(
        6, "A policy program reported an error instead of a result.", "See its message and log."
    ),
    "HOST_CALL_DENIED": Reason(
        6,
        "A policy called a host function that is not granted.",
        "Remove the call: what a policy needs to know must be in the evidence.",
    ),
    "HOST_CALL_INVALID": Reason(
        6,
        "A policy asked its host for something malformed.",
        "Correct the request: method, URL and headers, without user, password or newlines.",
    ),
    "HOST_CALL_FAILED": Reason(
        6,
        "A host function could not do what a policy asked of it.",
        "See the message for the cause.",
    ),
    "HOST_CALL_LIMIT": Reason(
        6,
        "One evaluation asked its host too often, or moved too many bytes by it.",
        "Ask once for all that is needed, or give it to the policy as a data document.",
    ),
    "HTTP_FAILED": Reason(
        6,
        "A granted HTTP request of a policy did not come to an answer.",
        "Try again, or say `may_fail: true` in the grant if the policy can do without.",
    ),
    "HTTP_FORBIDDEN": Reason(
        6,
        "A policy tried to reach what its grants do not allow.",
        "Give it what it needs as evidence or pinned data, or add the `grant:` that is named.",
    ),
    "HTTP_OFFLINE": Reason(
        6,
        "A policy made an HTTP request in a run that opens no socket.",
        "Run without --offline, or give the policy what it needs as a pinned data document.",
    ),
    "HTTP_STATUS": Reason(
        6,
        "A server answered a policy's HTTP request with another status than 2xx.",
        "Correct the request, or say `may_fail: true` in the grant if the policy handles it.",
    ),
    "HTTP_TOO_LARGE": Reason(
        6,
        "The answer to a policy's HTTP request is larger than its limit.",
        "Ask for less, or give the content to the policy as a pinned data document.",
    ),
    "HTTP_UNRECORDED": Reason(
        6,
        "A policy made an HTTP request that is not in the record that is replayed.",
        "Record the run again; policy, document and plan must be the same as then.",
    ),
    "NO_RESULT": Reason(
        6, "A policy ended without an answer.", "Set an output, also when nothing is wrong."
    ),
    "SOURCE_WASM_DISAGREE": Reason(
        6,
        "A bundle's source and the program beside it do not give the same answer.",
        "Build the program from this source again; do not release on either answer.",
    ),
    "RESULT_TOO_LARGE": Reason(
        6,
        "A policy's answer lists more findings than a report can hold.",
        "Report one finding for each kind of problem, with a count.",
    ),
}
"""What an engine's answer can be instead of a result."""

ENGINE: dict[str, Reason] = {**HOST, **REGO, **DETECT, **ANSWER}
