"""The declaration of the phases behind production, and what follows from it."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.features.errors import DeclarationError
from app.features.open_orders import DECLARATION, SCOPES, Standing, TerminalClass, load_open_orders
from app.workbook.sample.sample_catalogues import TERMINAL


def test_every_class_has_phases_and_the_sample_names_them() -> None:
    declared = load_open_orders()
    assert set(declared.terminal.values()) == set(TerminalClass)
    assert declared.terminal.keys() == TERMINAL.keys()
    assert declared.terminal[12] is TerminalClass.DELIVERED


def test_production_work_is_in_every_scope_and_each_way_to_include_has_one() -> None:
    assert all(Standing.PRODUCTION in standings for standings in SCOPES.values())
    others = [frozenset(standings) - {Standing.PRODUCTION} for standings in SCOPES.values()]
    assert len(set(others)) == len(others) == 4


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("stale_after_days = 365", "stale_after_days = 0"),
        ("stale_after_days = 365", "stale_after_days = true"),
        ("stale_after_days = 365", 'stale_after_days = "365"'),
        ("stale_after_days = 365", ""),
        ('class = "REUSED"', 'class = "SOLD"'),
        ("72 =", "12 ="),
        ("72 =", "twelve ="),
        ("[[terminal]]", "[terminal"),
    ],
)
def test_faulty_declaration_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = DECLARATION.read_text(encoding="utf-8")
    assert old in text
    faulty = tmp_path / "open_orders.toml"
    faulty.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"open_orders\.toml"):
        load_open_orders(faulty)


def test_missing_declaration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError):
        load_open_orders(tmp_path / "none.toml")
