"""Names that a loop at the level of a module or a class gives values to: each round hides what the one before made."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from release_gate.in_pytest.source_code.definitions import BLOCKS, Function, parsed

Loop = ast.For | ast.AsyncFor | ast.While
OF_THEIR_OWN = (*Function.__args__, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
"""Parts of the source that have names of their own."""


@cache
def named_in_loops(path: Path) -> Mapping[str, int]:
    """The names (Class.method for those of a class) that are given in loops, with a line."""
    tree = parsed(path)
    return {} if tree is None else dict(_in_scope(tree, "", looped=False))


def _in_scope(scope: ast.AST, prefix: str, *, looped: bool) -> Iterator[tuple[str, int]]:
    for name in BLOCKS:
        for one in getattr(scope, name, ()):
            if looped:
                yield from ((prefix + bound, one.lineno) for bound in _bound(one))
            if isinstance(one, ast.ClassDef):
                yield from _in_scope(one, f"{prefix}{one.name}.", looped=False)
            elif not isinstance(one, Function):
                yield from _in_scope(one, prefix, looped=looped or isinstance(one, Loop))
                if isinstance(one, Loop):
                    yield from ((prefix + bound, one.lineno) for bound in _bound(one))


def _bound(statement: ast.AST) -> Iterator[str]:
    """The names that a statement gives values to, without those of the statements in it."""
    if isinstance(statement, ast.ClassDef | Function):
        yield statement.name
        return
    left = [statement]
    while left:
        one = left.pop()
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store):
            yield one.id
        if isinstance(one, OF_THEIR_OWN):
            continue
        left += [part for part in ast.iter_child_nodes(one) if not isinstance(part, ast.stmt)]
