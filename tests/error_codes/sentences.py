"""The sentences that come with an error, read from the source; an ellipsis stands for each value in them."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

ROOT = Path(__file__).resolve().parents[2]
CODE = re.compile(r"[A-Z][A-Z_]+[A-Z]")
LEAST_LETTERS = 8
"""Below it a template is no sentence, but an error that is handed on."""


def sentences(names: set[str]) -> dict[str, set[str]]:
    """The sentences of the exceptions of these full names, by the name; of one that takes a code by `name CODE`."""
    found: dict[str, set[str]] = {}
    for path in sorted((ROOT / "app").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        full = full_names(tree, ".".join(path.relative_to(ROOT).with_suffix("").parts))
        for function in functions(tree):
            for call in calls(function):
                name = full.get(_name(call.func), "")
                if name in names and call.args:
                    key, texts = _parts(name, call, function)
                    said = found.setdefault(key, set())
                    said |= {text for text in texts if len(re.sub(r"\W", "", text)) >= LEAST_LETTERS}
    return found


def full_names(tree: ast.Module, module: str) -> dict[str, str]:
    """The classes that a module may name, each with the module that defines it."""
    own = {node.name: f"{module}.{node.name}" for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    imports = (node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return own | {one.asname or one.name: f"{node.module}.{one.name}" for node in imports for one in node.names}


def statuses() -> dict[str, set[int]]:
    """The HTTP statuses with which each code is answered."""
    found: dict[str, set[int]] = {}
    for path in sorted((ROOT / "app" / "api").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) == "Problem" and len(node.args) > 1:
                status, code = node.args[:2]
                if isinstance(status, ast.Constant) and isinstance(code, ast.Constant):
                    found.setdefault(str(code.value), set()).add(int(str(status.value)))
    return found


def functions(tree: ast.Module) -> Iterator[ast.AST]:
    """The functions, in which the texts of their names are found, and the module itself for calls outside of them."""
    yield tree
    yield from (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def calls(function: ast.AST) -> Iterator[ast.Call]:
    """The calls in it, those of functions within it left out."""
    waiting = list(ast.iter_child_nodes(function))
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if isinstance(node, ast.Call):
            yield node
        waiting += ast.iter_child_nodes(node)


def _parts(name: str, call: ast.Call, function: ast.AST) -> tuple[str, list[str]]:
    """The key of a call, and the sentences that its message may be."""
    values = [one.value for one in call.args if isinstance(one, ast.Constant)]
    codes = [value for value in values if isinstance(value, str) and CODE.fullmatch(value)]
    texts = [text for one in call.args if not _is_code(one) for text in _texts(one, function)]
    return (f"{name} {codes[0]}" if codes else name), texts


def _is_code(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and (not isinstance(node.value, str) or bool(CODE.fullmatch(node.value)))


def _texts(node: ast.expr, function: ast.AST, depth: int = 0) -> Iterator[str]:
    """The texts that an expression may be; a name is each text that the function gives it."""
    if isinstance(node, ast.IfExp):
        yield from _texts(node.body, function, depth)
        yield from _texts(node.orelse, function, depth)
    elif isinstance(node, ast.Name) and depth == 0:
        for value in _values(node, function):
            yield from _texts(value, function, 1)
    elif (text := _text(node, function)) != "…":
        yield text


def _values(name: ast.Name, function: ast.AST) -> list[ast.expr]:
    """The possible values of a name: the last one given in the innermost block around it that gives it one, else every
    value."""
    blocks = [block for node in ast.walk(function) for block in _blocks(node) if _spans(block, name.lineno)]
    for block in sorted(blocks, key=lambda block: (block[-1].end_lineno or 0) - block[0].lineno):
        given = [one.value for one in block if one.lineno <= name.lineno and _gives(one, name.id)]
        if given:
            return given[-1:]
    return [one.value for one in ast.walk(function) if _gives(one, name.id)]


def _blocks(node: ast.AST) -> Iterator[list[ast.stmt]]:
    for field in ("body", "orelse", "finalbody"):
        block = getattr(node, field, None)
        if isinstance(block, list) and block:
            yield block


def _spans(block: list[ast.stmt], line: int) -> bool:
    return block[0].lineno <= line <= (block[-1].end_lineno or block[-1].lineno)


def _gives(node: ast.AST, name: str) -> TypeGuard[ast.Assign]:
    return isinstance(node, ast.Assign) and any(_name(target) == name for target in node.targets)


def _text(node: ast.expr, function: ast.AST) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(_text(one, function) for one in node.values)
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return _text(node.left, function) + _text(node.right, function)
    if isinstance(node, ast.FormattedValue) and isinstance(node.value, ast.Call) and _name(node.value.func) == "typed":
        return f"`make {_text(node.value.args[0], function)}`"
    return "…"


def _name(node: ast.expr) -> str:
    return str(getattr(node, "attr", getattr(node, "id", "")))
