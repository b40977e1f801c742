"""The declaration of features that no export can support."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.features.errors import DeclarationError
from app.features.unsupported import DECLARATION, load_unsupported


def test_each_names_what_is_missing_and_what_would_open_it() -> None:
    (consumption,) = load_unsupported().values()
    assert len(consumption.missing) == 3
    assert consumption.remedy.endswith(".")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("remedy =", "remedies ="),
        ("missing = [", "missing = [3,"),
        ('name = "consumption_estimate"', "name = 3"),
        ('name = "consumption_estimate"', ""),
        ("[[unsupported]]", "[[supported]]"),
        ("[[unsupported]]", "[[unsupported"),
    ],
)
def test_faulty_declaration_is_refused(tmp_path: Path, old: str, new: str) -> None:
    text = DECLARATION.read_text(encoding="utf-8")
    assert old in text
    faulty = tmp_path / "unsupported.toml"
    faulty.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(DeclarationError, match=r"unsupported\.toml"):
        load_unsupported(faulty)


def test_a_route_is_declared_once(tmp_path: Path) -> None:
    twice = tmp_path / "unsupported.toml"
    text = DECLARATION.read_text(encoding="utf-8")
    twice.write_text(text + text[text.index("[[unsupported]]") :], encoding="utf-8")
    with pytest.raises(DeclarationError, match="twice"):
        load_unsupported(twice)
