"""The declaration of the gates is refused when it contradicts itself or the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.features.errors import DeclarationError
from app.features.gate_declaration import DECLARATION, load_gates


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("[[gates]]", "[gates"),
        ('name = "produto_join"', 'name = "standard_route"'),
        ("Of_ProdutoId → Produto_Id", "Of_ProdutoId → Nowhere"),
        ("enabled_at = 0.90", "enabled_at = 1.01"),
        ("degraded_at = 0.50", "degraded_at = 0.90"),
        ("degraded_at = 0.80", "degraded_at = -0.1"),
        ('over = "distinct"', 'over = "sample"'),
        ("remedy", "advice"),
        ('"eta_at"', '"mass_kg"'),
    ],
)
def test_faulty_declaration_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = DECLARATION.read_text(encoding="utf-8")
    assert old in text
    faulty = tmp_path / "gates.toml"
    faulty.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(DeclarationError):
        load_gates(faulty)


def test_missing_declaration_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError):
        load_gates(tmp_path / "none.toml")
