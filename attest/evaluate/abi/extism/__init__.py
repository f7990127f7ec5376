"""The Extism convention, as Chainloop uses it for its Wasm policies.

    adapter     parent: screens the module, writes the job
    names       what a policy may import
    runner      worker: one fresh instance for each document
    blocks, services, kernel.wat    the host interface, on a kernel of our own

`kernel.wasm` is built from `kernel.wat` (a test rebuilds it).
"""
