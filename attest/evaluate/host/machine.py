"""Wasm programs and their instances: the only importer of wasmtime (skeleton).

    program = Program(module, functions, beside=(("extism:host/env", kernel),))
    instance = program.start(limits)
    instance.call("evaluate", 3) ; instance.read(pointer, size) ; instance.write(pointer, content)
    instance.fuel_used() ; instance.close()

``functions`` maps (import module, import name) to a Python callable over i32/i64 numbers. An import
that is neither there nor exported by a module of ``beside`` makes linking fail: nothing is stubbed.
A stopped guest raises ``Stopped(code, message)``: OUT_OF_FUEL, OUT_OF_MEMORY, TRAP, GUEST_EXIT,
OUTPUT_LIMIT.
"""
