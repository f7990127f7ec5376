"""The Wasm host: jailed worker processes that run every policy, and the cache of compiled code.

    cache.compiled(wasm, ...) -> CompiledModule     parent; compiles in a throwaway process
    pool.Pool(size).run(Job)  -> tuple[Answer, ...] parent; one Answer for each document, in order
    runners.RUNNERS[name]                           the calling conventions a worker can speak
    machine                                         the only importer of wasmtime (worker side)
    wasi.Wasi                                       deterministic WASI preview 1 (worker side)

A job names a runner, the compiled modules it needs, one request (what to prepare: the policy) and
the documents. A worker is sealed to one (runner, modules) before it sees a request; it answers
document by document, each from a fresh instance. Its death or time-out costs that document alone.
The parent never imports wasmtime.

A runner is a class in the worker with three methods (`runners.Runner`):

    __init__(modules: Sequence[machine.Module])     before the jail closes: link, warm up
    prepare(task: runners.Task)                     ahead of documents, if that saves time
    evaluate(task: runners.Task) -> Answer          one document; may raise machine.Stopped
"""
