"""Tables of commands are Portuguese for a caller who speaks it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from rich.table import Table

from app.commands.planting.migration import shown_migrations
from app.commands.planting.plant_states import shown_states
from app.commands.tables import shown_slos
from app.plants.overview import PlantState

TABLES: dict[str, tuple[Callable[[], Table], list[str]]] = {
    "plants": (
        lambda: shown_states([PlantState("norte", schema="AT_HEAD")]),
        ["fábrica", "base de dados", "revisão", "esquema", "em vigor", "publicada", "à espera"],
    ),
    "migrations": (lambda: shown_migrations([]), ["fábrica", "resultado", "revisão", "esquema", "pormenor"]),
    "measurements": (
        lambda: shown_slos([], "SLO"),
        ["SLO", "estado", "p95, ms", "limite, ms", "objetivo, ms", "pedidos", "erros"],
    ),
}


@pytest.mark.parametrize("name", TABLES)
def test_headers_are_portuguese(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODPLAN_LANG", "pt")
    made, headers = TABLES[name]
    assert [str(column.header) for column in made().columns] == headers


def test_state_of_a_schema_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRODPLAN_LANG", "pt")
    table = shown_states([PlantState("norte", schema="AT_HEAD"), PlantState("sul", trouble="away")])
    assert [str(cell) for cell in table.columns[3].cells] == ["atualizado", "não responde"]
