"""Frozen dataclasses with slots, made in a quarter of the time (docs/adr/0006).

`dataclasses` compiles six functions for each class; a gate defines some 170 of them, which took a
sixth of its run. Here one is compiled, and the others are shared by all classes.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Any, NoReturn, TypeVar, cast, dataclass_transform

_Class = TypeVar("_Class")
_GIVEN = "_default_"
"""Stands for a default factory among the arguments of ``__init__``."""


@dataclass_transform(frozen_default=True, field_specifiers=(dataclasses.field,))
def frozen(cls: type[_Class]) -> type[_Class]:
    """Make what ``dataclass(frozen=True, slots=True)`` makes.

    `dataclasses.field`, `fields`, `replace` and `asdict` work as ever. Not for keyword-only fields,
    ``InitVar``, ordering, or a class that inherits from a dataclass.
    """
    written = cls.__dict__
    made: Any = dataclasses.dataclass(init=False, repr=False, eq=False, slots=True)(cls)
    fields = dataclasses.fields(made)
    methods = {
        **_compared([one.name for one in fields if one.compare]),
        **_carried([one.name for one in fields]),
        "__repr__": _shown([one.name for one in fields if one.repr]),
    }
    for name, method in methods.items():
        if name not in written:
            setattr(made, name, method)
    made.__init__ = _init(made, fields)
    made.__setattr__ = made.__delattr__ = _refuse
    return cast("type[_Class]", made)


def _compared(names: Sequence[str]) -> dict[str, Callable[..., Any]]:
    key: Callable[[object], object] = attrgetter(*names) if names else lambda _self: ()

    def equal(self: object, other: object) -> Any:
        return key(self) == key(other) if other.__class__ is self.__class__ else NotImplemented

    return {"__eq__": equal, "__hash__": lambda self: hash((key(self),))}


def _carried(names: Sequence[str]) -> dict[str, Callable[..., Any]]:
    """Copying and pickling, which would otherwise assign."""

    def restore(self: object, state: Sequence[object]) -> None:
        for name, value in zip(names, state, strict=True):
            object.__setattr__(self, name, value)

    return {
        "__getstate__": lambda self: [getattr(self, name) for name in names],
        "__setstate__": restore,
    }


def _shown(names: Sequence[str]) -> Callable[[object], str]:
    def represent(self: object) -> str:
        inside = ", ".join(f"{name}={getattr(self, name)!r}" for name in names)
        return f"{self.__class__.__qualname__}({inside})"

    return represent


def _init(made: Any, fields: Sequence[dataclasses.Field[Any]]) -> Callable[..., None]:
    """Compile ``__init__``, the one function whose text depends on the fields."""
    scope: dict[str, Any] = {_GIVEN: object()}
    arguments, body = [], []
    for number, one in enumerate(fields):
        scope[f"_set{number}"] = getattr(made, one.name).__set__
        scope[f"_make{number}"] = one.default_factory
        argument, value = one.name, one.name
        if one.default is not dataclasses.MISSING:
            scope[f"_is{number}"] = one.default
            argument = f"{one.name}=_is{number}"
        elif one.default_factory is not dataclasses.MISSING:
            argument = f"{one.name}={_GIVEN}"
            value = f"_make{number}() if {one.name} is {_GIVEN} else {one.name}"
        if one.init:
            arguments.append(argument)
        else:
            value = f"_make{number}()"
        body.append(f" _set{number}(self, {value})")
    if hasattr(made, "__post_init__"):
        body.append(" self.__post_init__()")
    head = f"def __init__({', '.join(['self', *arguments])}):\n"
    exec(head + "\n".join(body or [" pass"]), scope)  # noqa: S102  # names of fields alone
    init = cast("Callable[..., None]", scope["__init__"])
    init.__qualname__ = f"{made.__qualname__}.__init__"
    return init


def _refuse(_self: object, name: str, *_value: object) -> NoReturn:
    raise dataclasses.FrozenInstanceError(f"cannot assign to or delete field {name!r}")
