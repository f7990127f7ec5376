"""Wasm programs and their instances: the only importer of wasmtime.

    program = Program(module, functions, beside=(("extism:host/env", kernel),))
    instance = program.start(limits)
    instance.call("evaluate", 3); instance.memory.read(pointer, size); instance.fuel_used()
    instance.close()

An import that is neither in ``functions`` nor exported by a module of ``beside`` makes linking
fail: nothing is stubbed. Every limit holds before the first instruction of an instance runs.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager

import wasmtime
from wasmtime import Module
from wasmtime import _ffi as ffi
from wasmtime._instance import InstanceExports

from attest.evaluate.host.memory import Memory
from attest.evaluate.host.settings import (
    MAX_FUEL,
    MAX_HOST_CALLS,
    MAX_MEMORY,
    MAX_TABLE,
    MAX_TABLES,
    SETTINGS,
)
from attest.evaluate.host.stopped import Stopped
from attest.model.limits import Limits

__all__ = ["Instance", "Memory", "Module", "Program", "compile_module", "load_module"]

Functions = Mapping[tuple[str, str], Callable[..., int | None]]
"""(import module, import name) -> a callable over Wasm numbers, as signed integers."""

_CODES = {
    wasmtime.TrapCode.OUT_OF_FUEL: ("OUT_OF_FUEL", "the fuel limit was reached"),
    wasmtime.TrapCode.ALLOCATION_TOO_LARGE: ("OUT_OF_MEMORY", "an allocation was too large"),
}

_MAGIC = b"\0asm"


@functools.cache
def _engine(target: str | None = None) -> wasmtime.Engine:
    config = wasmtime.Config()
    for name, value in SETTINGS.items():
        setattr(config, name, value)
    if target is not None:
        config.target = target
    return wasmtime.Engine(config)


def compile_module(wasm: bytes, target: str | None = None) -> bytes:
    """Return native code for ``wasm``; raise ``ValueError`` when it is not a valid module.

    For this processor, or for every one of ``target``: the triple of the system this runs on.
    """
    if not wasm.startswith(_MAGIC):  # wasmtime takes WebAssembly text as well
        raise ValueError("the bytes do not start with the Wasm magic number")
    try:
        return bytes(Module(_engine(target), wasm).serialize())
    except wasmtime.WasmtimeError as error:
        raise ValueError(str(error)) from None


def load_module(path: str) -> Module:
    """Map native code that `compile_module` made. The bytes must be authentic: they are code."""
    return Module.deserialize_file(_engine(), path)


def _memory(store: wasmtime.Store, memory: wasmtime.Memory) -> Memory:
    def window() -> tuple[int, int]:
        # wasmtime's own accessors build a ctypes type for each size: several times slower.
        context = store._context()  # noqa: SLF001  # no public way to the address
        pointer = ctypes.byref(memory._memory)  # noqa: SLF001  # as above
        base = ctypes.addressof(ffi.wasmtime_memory_data(context, pointer).contents)
        return base, ffi.wasmtime_memory_data_size(context, pointer)

    def grow(pages: int) -> None:
        try:
            memory.grow(store, pages)
        except wasmtime.WasmtimeError:
            raise Stopped("OUT_OF_MEMORY", "the memory limit was reached") from None

    return Memory(window, grow)


class Instance:
    """One run of a program. ``memory`` is what it imports or exports; ``beside`` its neighbours."""

    def __init__(
        self,
        store: wasmtime.Store,
        exports: InstanceExports,
        fuel: int,
        beside: Mapping[str, Instance] | None = None,
        imported: wasmtime.Memory | None = None,
    ) -> None:
        self._store = store
        self._exports = exports
        self._fuel = fuel
        self.beside = beside or {}
        memory = imported or self._export("memory")
        self.memory = _memory(store, memory) if isinstance(memory, wasmtime.Memory) else None

    def _export(self, name: str) -> object:
        return self._exports.get(name)

    def has(self, name: str) -> bool:
        """Tell whether a function of that name is exported."""
        return isinstance(self._export(name), wasmtime.Func)

    def call(self, name: str, *arguments: int) -> int:
        """Call an export; no result reads as 0. Raises ``Stopped``, and what host functions do."""
        function = self._export(name)
        if not isinstance(function, wasmtime.Func):
            raise Stopped("GUEST_INVALID", f"it exports no function {name!r}")
        with _stops():
            result = function(self._store, *arguments)
        return result if isinstance(result, int) else 0

    def get_global(self, name: str) -> int:
        """Return the value of an exported integer global."""
        return int(self._global(name).value(self._store))

    def set_global(self, name: str, value: int) -> None:
        """Set an exported mutable integer global."""
        self._global(name).set_value(self._store, value)

    def numbers(self, names: Sequence[str]) -> Callable[[], None]:
        """Return a function that sets these globals to the values they have now."""
        context = self._store._context()  # noqa: SLF001  # wasmtime's own setters cost 10 us each
        places = [ctypes.byref(self._global(name)._global) for name in names]  # noqa: SLF001  # as above
        pairs = [(place, ctypes.byref(ffi.wasmtime_val_t())) for place in places]
        for pair in pairs:
            ffi.wasmtime_global_get(context, *pair)

        def set_all() -> None:
            if any(ffi.wasmtime_global_set(context, *pair) for pair in pairs):
                raise Stopped("GUEST_INVALID", "a global cannot be set")

        return set_all

    def _global(self, name: str) -> wasmtime.Global:
        found = self._export(name)
        if not isinstance(found, wasmtime.Global):
            raise Stopped("GUEST_INVALID", f"it exports no global {name!r}")
        return found

    def fuel_used(self) -> int:
        """Fuel used so far: exact while the guest runs, after it returned, and out of fuel."""
        return self._fuel - self._store.get_fuel()

    def fuel_left(self) -> int:
        """Fuel that it may still use."""
        return self._store.get_fuel()

    def refuel(self) -> None:
        """Give it as much as it had at first."""
        self._store.set_fuel(self._fuel)

    def spend(self, fuel: int) -> None:
        """Take fuel that was used elsewhere on its behalf; raise ``Stopped`` OUT_OF_FUEL."""
        if fuel > (left := self._store.get_fuel()):
            raise Stopped("OUT_OF_FUEL", "the fuel limit was reached")
        self._store.set_fuel(left - fuel)

    def close(self) -> None:
        """Free the instance at once."""
        self._store.close()


class Program:
    """A module linked with its host functions once; each `start` is a fresh instance."""

    def __init__(
        self,
        module: Module,
        functions: Functions,
        *,
        beside: Sequence[tuple[str, Module]] = (),
    ) -> None:
        """Link; raise ``Stopped`` GUEST_INVALID when an import has nobody to serve it."""
        self._module = module
        self._functions = functions
        self._beside = tuple(beside)
        self._calls = 0
        self._memory = next((one for one in module.imports if _is_memory(one)), None)
        self.globals = tuple(
            export.name
            for export in module.exports
            if isinstance(export.type, wasmtime.GlobalType) and export.type.mutable
        )
        self._ready = None
        if not self._beside and self._memory is None:
            with _stops("GUEST_INVALID"):
                self._ready = self._linker(module).instantiate_pre(module)

    def _linker(self, *modules: Module) -> wasmtime.Linker:
        linker = wasmtime.Linker(_engine())
        defined: set[tuple[str, str]] = set()
        for wanted in (one for module in modules for one in module.imports):
            key = (wanted.module, wanted.name or "")
            function = self._functions.get(key)
            kind = wanted.type
            # Go imports fd_write twice; a second definition would be refused.
            if function is None or key in defined or not isinstance(kind, wasmtime.FuncType):
                continue
            defined.add(key)
            linker.define_func(*key, kind, self._counted(function))
        return linker

    def _counted(self, function: Callable[..., int | None]) -> Callable[..., int | None]:
        def call(*arguments: int) -> int | None:
            self._calls += 1
            if self._calls > MAX_HOST_CALLS:
                raise Stopped("OUT_OF_FUEL", f"more than {MAX_HOST_CALLS} calls into the host")
            return function(*arguments)

        return call

    def again(self, instance: Instance) -> None:
        """Give an instance that is used again all its fuel, and all its calls into the host."""
        self._calls = 0
        instance.refuel()

    def start(self, limits: Limits, pages: int = 0) -> Instance:
        """Make a fresh instance inside ``limits``; raise ``Stopped`` when it does not come up.

        A memory that the module imports is made for it, of at least ``pages`` pages.
        """
        self._calls = 0
        store = wasmtime.Store(_engine())
        many = 1 + len(self._beside)
        fuel = min(limits.fuel, MAX_FUEL)
        store.set_limits(
            memory_size=min(limits.memory, MAX_MEMORY),
            table_elements=MAX_TABLE,
            instances=many,
            tables=MAX_TABLES * many,
            memories=many,
        )
        store.set_fuel(fuel)
        try:
            with _stops():
                if self._ready is not None:
                    exports = self._ready.instantiate(store).exports(store)
                    return Instance(store, exports, fuel)
                return self._start_linked(store, fuel, pages)
        except BaseException:
            store.close()
            raise

    def _start_linked(self, store: wasmtime.Store, fuel: int, pages: int) -> Instance:
        linker = self._linker(self._module, *(module for _, module in self._beside))
        memory = None
        if self._memory is not None:
            memory = wasmtime.Memory(store, _memory_type(self._memory, pages))
            linker.define(store, self._memory.module, self._memory.name or "", memory)
        neighbours: dict[str, Instance] = {}
        for name, module in self._beside:
            made = linker.instantiate(store, module)
            linker.define_instance(store, name, made)
            neighbours[name] = Instance(store, made.exports(store), fuel)
        made = linker.instantiate(store, self._module)
        return Instance(store, made.exports(store), fuel, neighbours, memory)


def _is_memory(wanted: wasmtime.ImportType) -> bool:
    return isinstance(wanted.type, wasmtime.MemoryType)


def _memory_type(wanted: wasmtime.ImportType, pages: int) -> wasmtime.MemoryType:
    kind = wanted.type
    if not isinstance(kind, wasmtime.MemoryType):
        raise TypeError(wanted.name)
    return wasmtime.MemoryType(wasmtime.Limits(max(kind.limits.min, pages), kind.limits.max))


@contextmanager
def _stops(default: str = "TRAP") -> Iterator[None]:
    """Turn what wasmtime raises into ``Stopped``; what host functions raise passes unchanged."""
    try:
        yield
    except wasmtime.Trap as trap:
        kind = trap.trap_code
        name = "a host call failed" if kind is None else kind.name.lower().replace("_", " ")
        code, message = _CODES.get(kind, (default, name)) if kind else (default, name)
        raise Stopped(code, message) from None
    except wasmtime.WasmtimeError as error:
        text = str(error).partition("\n")[0][:500]
        if "memory limit" in text or "exceeds memory" in text:
            raise Stopped("OUT_OF_MEMORY", text) from None
        raise Stopped(default, text) from None
