"""Passwords in the files of the plants that everybody can read are named; what only some can read is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.languages.sentences import in_portuguese
from app.plants.exposed_passwords import exposed_passwords
from app.triage.machine_probes import PROBES
from app.triage.probe import findings

WITH = '[plants.north]\ndatabase_url = "postgresql://u:s3cret@h/x"\n'


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file whose folders are open to everybody, as those of a temporary folder may not be."""
    monkeypatch.setattr("app.plants.exposed_passwords.OUTERMOST", tmp_path)
    monkeypatch.chdir(tmp_path)
    tmp_path.chmod(0o755)
    return tmp_path / "plants.toml"


@pytest.mark.parametrize(
    ("text", "mode", "is_exposed"),
    [
        (WITH, 0o644, True),
        (WITH, 0o604, True),
        (WITH, 0o640, False),
        (WITH, 0o600, False),
        ('[plants.north]\ndatabase_read_url = "postgresql://h/x?user=u&password=s3cret"\n', 0o644, True),
        ('[plants.north]\ndatabase_url = "postgresql://u@h/x"\n', 0o644, False),
        ('[plants.north]\ndatabase_url_env = "NORTH_URL"\n', 0o644, False),
        ('[plants.north]\ndatabase_url = "postgresql://u:p@ss/word@h/x"\n', 0o644, True),
        ("[plants.north\n", 0o644, False),
    ],
)
def test_file_is_named_if_everybody_can_read_its_password(file: Path, text: str, mode: int, is_exposed: bool) -> None:
    file.write_text(text, encoding="utf-8")
    file.chmod(mode)
    told = exposed_passwords(file)
    assert (told is not None) == is_exposed
    assert told is None or (str(file) in told and "s3cret" not in told)
    assert any(one["check"] == "plants file" for one in findings(PROBES)) == is_exposed


def test_file_that_an_entry_names_counts_too_and_a_closed_folder_closes_both(file: Path) -> None:
    file.write_text('[plants.north]\ndatabase_url_file = "north.url"\n', encoding="utf-8")
    (file.parent / "north.url").write_text("postgresql://u:s3cret@h/x", encoding="utf-8")
    (file.parent / "north.url").chmod(0o644)
    assert "north.url" in (exposed_passwords(file) or "")
    file.parent.chmod(0o750)
    assert exposed_passwords(file) is None


def test_file_that_is_not_there_is_not_named(file: Path) -> None:
    assert exposed_passwords(file) is None


def test_warning_has_portuguese(file: Path) -> None:
    file.write_text(WITH, encoding="utf-8")
    file.chmod(0o644)
    sentence = f"Warning: {exposed_passwords(file)}."
    assert in_portuguese(sentence).startswith("Aviso: qualquer pessoa nesta máquina pode ler")
