"""Rego that OPA compiled to Wasm, ABI 1.0 to 1.3 (openpolicyagent.org/docs/wasm).

The parts, and which process they run in:

    adapter     parent: looks at the program, writes the job
    names       what a program may import, and must export
    static      what a program says of itself, read without running it
    builtins    the built-in functions that a program may ask its host for
    documents   data and input as JSON text
    entries     which entrypoints are asked
    answer      what the entrypoints' answers mean
    source      the second opinion: the Rego source that stands beside the program
    runner      worker: one fresh instance for each document
    values      OPA's values in the instance's memory, seen from the host
    guest       built-in functions, answered by the Rego guest
"""
