"""The names of gates and of the fields that they guard stand in gates.toml alone: routes take them from there."""

from __future__ import annotations

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import BaseModel

from app.api import routers
from app.api.admission import AdmittedRoute
from app.api.gatekeeper import field_names, gates_of_fields
from app.features.gate_declaration import load_gates
from app.features.value_gates import PRODUTO_JOIN

FOLDER = Path(routers.__path__[0])


def routes() -> Iterator[AdmittedRoute]:
    for found in pkgutil.walk_packages(routers.__path__, f"{routers.__name__}."):
        router = getattr(importlib.import_module(found.name), "router", None)
        yield from router.routes if router is not None else ()


def texts(name: str) -> list[str]:
    return [
        node.value
        for node in ast.walk(ast.parse((FOLDER / name).read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    ]


@pytest.mark.parametrize("name", sorted(path.relative_to(FOLDER).as_posix() for path in FOLDER.rglob("*.py")))
def test_no_router_repeats_the_name_of_a_gate(name: str) -> None:
    assert [text for text in texts(name) if any(gate.name == text for gate in load_gates())] == []


def test_each_guarded_path_and_field_is_that_of_a_route() -> None:
    assert {path for gate in load_gates() for path in gate.guards} <= {route.path for route in routes()}
    fields = frozenset[str]().union(*(field_names(route.response_model) for route in routes()))
    assert {field for gate in load_gates() for field in gate.values} <= fields


def test_field_in_a_list_of_optional_parts_is_found() -> None:
    class Part(BaseModel):
        mass_kg: float | None

    class Answer(BaseModel):
        parts: list[Part] | None

    class Other(BaseModel):
        parts: list[int]

    assert gates_of_fields(Answer) == (PRODUTO_JOIN,)
    assert gates_of_fields(Other) == gates_of_fields(None) == ()
