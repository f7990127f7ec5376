"""The mutants of a module: the module with one check less, or one turned round."""

from __future__ import annotations

import ast
import copy
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_TURNED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
}

_LONGEST = 100
"""Characters of code in the name of a mutant."""

Change = tuple[str, ast.AST]
"""What a mutant does, in words, and what stands in the place of the node."""


@dataclass(frozen=True)
class Mutant:
    """``name`` stays the same while other lines of the module change; ``source`` is the module."""

    name: str
    line: int
    source: str


def mutants(source: str) -> Iterator[Mutant]:
    """Yield every mutant of a module."""
    seen: Counter[str] = Counter()
    for place, (path, node) in enumerate(_walk(ast.parse(source), ())):
        for number, (what, _) in enumerate(_changes(node)):
            where = ".".join(each.name for each in path) or "module"
            name = f"{where}: {what}"
            seen[name] += 1
            if seen[name] > 1:
                name = f"{name} (#{seen[name]})"
            yield Mutant(name, getattr(node, "lineno", 0), _changed(source, place, number))


_Named = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def _walk(node: ast.AST, path: tuple[_Named, ...]) -> Iterator[tuple[tuple[_Named, ...], ast.AST]]:
    """Yield each node that runs, with the functions and classes that it stands in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.If) and _never_runs(child):
            continue
        inner = (*path, child) if isinstance(child, _Named) else path
        yield inner, child
        yield from _walk(child, inner)


def _never_runs(node: ast.If) -> bool:
    return ast.unparse(node.test) in {"TYPE_CHECKING", "__name__ == '__main__'"}


def _changed(source: str, place: int, number: int) -> str:
    """Return the module with the change ``number`` of its node ``place``."""
    tree = ast.parse(source)
    _, node = next(itertools.islice(_walk(tree, ()), place, None))
    _, changed = next(itertools.islice(_changes(node), number, None))

    class Replace(ast.NodeTransformer):
        def visit(self, found: ast.AST) -> ast.AST:
            return changed if found is node else self.generic_visit(found)

    return ast.unparse(ast.fix_missing_locations(Replace().visit(tree)))


def _changes(node: ast.AST) -> Iterator[Change]:
    for kind, change in _RULES.items():
        if isinstance(node, kind):
            yield from change(node)


def _raise(node: ast.Raise) -> Iterator[Change]:
    yield f"without `{_text(node)}`", ast.Pass()


def _guard(node: ast.If) -> Iterator[Change]:
    changed = copy.copy(node)
    changed.test = ast.Constant(value=False)
    yield f"never `if {_text(node.test)}`", changed


def _choice(node: ast.IfExp) -> Iterator[Change]:
    yield f"other way round `{_text(node)}`", ast.IfExp(node.test, node.orelse, node.body)


def _compare(node: ast.Compare) -> Iterator[Change]:
    for index, operator in enumerate(node.ops):
        if type(operator) not in _TURNED:
            continue
        ops = list(node.ops)
        ops[index] = _TURNED[type(operator)]()
        changed = ast.Compare(node.left, ops, node.comparators)
        yield f"`{_text(node)}` turned to `{_text(changed)}`", changed


def _operands(node: ast.BoolOp) -> Iterator[Change]:
    for index, operand in enumerate(node.values):
        rest = node.values[:index] + node.values[index + 1 :]
        changed = rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        yield f"`{_text(node)}` without `{_text(operand)}`", changed


def _not(node: ast.UnaryOp) -> Iterator[Change]:
    if isinstance(node.op, ast.Not):
        yield f"`{_text(node)}` without `not`", node.operand


def _call(node: ast.Expr) -> Iterator[Change]:
    """Remove what is called or yielded for its effect."""
    if isinstance(node.value, ast.Call):
        yield f"without `{_text(node)}`", ast.Pass()
    elif isinstance(node.value, ast.Yield | ast.YieldFrom):
        nothing = ast.YieldFrom(ast.Tuple([], ast.Load()))
        yield f"without `{_text(node)}`", ast.Expr(nothing)


def _constant(node: ast.Return) -> Iterator[Change]:
    if isinstance(node.value, ast.Constant) and isinstance(node.value.value, bool):
        yield f"not `{_text(node)}`", ast.Return(ast.Constant(value=not node.value.value))


def _filter(node: ast.comprehension) -> Iterator[Change]:
    for index, test in enumerate(node.ifs):
        changed = copy.copy(node)
        changed.ifs = node.ifs[:index] + node.ifs[index + 1 :]
        yield f"all of `{_text(node.iter)}` without `if {_text(test)}`", changed


_RULES: dict[type[ast.AST], Callable[..., Iterator[Change]]] = {
    ast.Raise: _raise,
    ast.If: _guard,
    ast.IfExp: _choice,
    ast.Compare: _compare,
    ast.BoolOp: _operands,
    ast.UnaryOp: _not,
    ast.Expr: _call,
    ast.Return: _constant,
    ast.comprehension: _filter,
}


def _text(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
