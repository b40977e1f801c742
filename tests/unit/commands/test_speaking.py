"""Commands in Portuguese: wherever `--lang` is given, wrong usage too, and never in what programs read."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.commands.speaking import language_first
from app.workbook.sample import write_sample
from tests.error_codes.sentences import ROOT


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """One command in an environment without a language, but for what is given."""
    kept = {name: os.environ[name] for name in ("HOME", "PATH", "TMPDIR") if name in os.environ}
    given = {"PYTHONUTF8": "1", "COLUMNS": "200", **kept, **environment}
    started = [sys.executable, "-m", "app", *arguments]
    return subprocess.run(started, cwd=ROOT, env=given, capture_output=True, text=True, check=False, timeout=120)


@pytest.mark.parametrize(
    ("given", "first"),
    [
        (["ingest", "a.xlsx", "--lang", "pt"], ["--lang", "pt", "ingest", "a.xlsx"]),
        (["ingest", "--lang=pt", "a.xlsx"], ["--lang=pt", "ingest", "a.xlsx"]),
        (["--lang", "pt", "ingest"], ["--lang", "pt", "ingest"]),
        (["ingest", "--lang"], ["--lang", "ingest"]),
        (["ingest", "--", "--lang"], ["ingest", "--", "--lang"]),
        (["ingest", "--language"], ["ingest", "--language"]),
        ([], []),
    ],
)
def test_language_comes_before_the_command(given: list[str], first: list[str]) -> None:
    assert language_first(given) == first


@pytest.mark.parametrize(
    ("arguments", "environment"),
    [
        (["inspect", "README.md", "--lang", "pt"], {}),
        (["--lang=pt", "inspect", "README.md"], {"PRODPLAN_LANG": "en"}),
        (["inspect", "README.md"], {"PRODPLAN_LANG": "pt", "LANG": "C"}),
        (["inspect", "README.md"], {"LANG": "pt_PT.UTF-8"}),
    ],
)
def test_refusal_is_said_in_portuguese(arguments: list[str], environment: dict[str, str]) -> None:
    done = command(*arguments, **environment)
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.strip() == ("README.md é um ficheiro de texto e não um .xlsx: exporte-o do ERP como .xlsx.")


@pytest.mark.parametrize(
    "environment", [{}, {"LANG": "C"}, {"LANG": "fr_FR.UTF-8"}, {"PRODPLAN_LANG": "en", "LANG": "pt"}]
)
def test_english_is_the_language_otherwise(environment: dict[str, str]) -> None:
    done = command("inspect", "README.md", **environment)
    assert "is a text file and no .xlsx workbook" in done.stderr


def test_wrong_usage_is_told_in_portuguese() -> None:
    for arguments, words in (
        (["inspekt"], "Não há o comando 'inspekt'."),
        (["ingest", "--fors"], "Não há a opção --fors"),
        (["publish", "x"], "'x' não é um número inteiro."),
        (["api-key"], "diga de quem é a chave, ou --list"),
    ):
        done = command(*arguments, "--lang", "pt")
        assert (done.returncode, words in done.stderr) == (2, True), done.stderr
    assert "is not one of" in command("--lang", "fr", "doctor").stderr


def test_what_programs_read_is_the_same_in_both_languages(tmp_path: Path) -> None:
    book = tmp_path / "sample.xlsx"
    write_sample(book, scale=0.0005, seed=1)
    printed = [
        command("inspect", str(book), "--json", "--out", str(tmp_path), "--lang", one).stdout for one in ("pt", "en")
    ]
    portuguese, english = map(json.loads, printed)
    assert portuguese == english
    table = command("inspect", str(book), "--out", str(tmp_path), "--lang", "pt").stdout
    assert "Avaliado como primeira carga" in table
    assert "ordens sem conclusão" in table


def test_workbook_that_cannot_be_written_is_one_sentence() -> None:
    done = command("sample-workbook", "/proc/none.xlsx", "--scale", "0.0005", "--lang", "pt")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert "Não se consegue escrever nem ler /proc/none.xlsx" in done.stderr
