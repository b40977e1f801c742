"""docs/configuration.md against the Settings class and against app.database.urls."""

from __future__ import annotations

import re
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from app.commands.settings_table import BEGIN, END, MarksMissing, with_table, write_into
from app.config import InvalidSettings, Settings, load_settings, passwords_of
from app.database.errors import DatabaseError
from app.database.urls import explicit_url

DOCUMENT = Path(__file__).resolve().parents[3] / "docs" / "configuration.md"
URL_SETTINGS = ("database_url", "database_url_host", "database_url_docker")


def table(first_header: str) -> list[list[str]]:
    """Body rows of the document's table whose first column has this header."""
    text = DOCUMENT.read_text(encoding="utf-8")
    body = re.search(rf"^\| {first_header} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", text, flags=re.MULTILINE)
    assert body, f"no table starts with {first_header}"
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body[1].splitlines()]


HOST_RULES = [*table("IN_DOCKER"), *table("in Docker")]


def url_to(host: str) -> str:
    return f"postgresql://u:p@{f'[{host}]' if ':' in host else host}:5432/plan"


def outcome(settings: Settings) -> str:
    try:
        url = explicit_url(settings)
    except DatabaseError as refusal:
        return refusal.code
    return str(url.host) if url else "providers"


def test_settings_table_is_current() -> None:
    text = DOCUMENT.read_text(encoding="utf-8")
    assert with_table(text) == text, "python3 -m app settings --into docs/configuration.md"


def test_every_setting_is_in_the_table_with_its_words() -> None:
    documented = {variable.strip("`"): (default, meaning) for variable, default, meaning in table("variable")}
    assert set(documented) == {name.upper() for name in Settings.model_fields}
    assert all(meaning not in ("", "None") for _, meaning in documented.values())
    assert documented["RETENTION_KEEP"][0] == f"`{Settings(_env_file=None).retention_keep}`"


def test_a_stale_table_is_rewritten_once_and_nothing_else_is(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    current = DOCUMENT.read_text(encoding="utf-8")
    page.write_text(current.replace("| `PLANT` | `main` |", "| `PLANT` | `other` |"), encoding="utf-8")
    assert write_into(page)
    assert page.read_text(encoding="utf-8") == current
    assert not write_into(page)


@pytest.mark.parametrize("text", ["", BEGIN, END + BEGIN, BEGIN + END + BEGIN])
def test_a_page_without_one_place_for_the_table_is_refused(text: str) -> None:
    with pytest.raises(MarksMissing):
        with_table(text)


@pytest.mark.parametrize("row", HOST_RULES, ids=lambda row: "-".join(row))
def test_host_rule_holds(row: list[str]) -> None:
    in_docker, *hosts, expected = row
    given: dict[str, Any] = {name: url_to(host) for name, host in zip(URL_SETTINGS, hosts, strict=True) if host != "–"}
    settings = Settings(_env_file=None, in_docker=in_docker, **given)
    assert outcome(settings) == expected


def test_every_combination_is_documented_once() -> None:
    hosts = ("–", "localhost", "pg.example")
    every = {(docker, *urls) for docker in ("false", "true") for urls in product(hosts, repeat=len(URL_SETTINGS))}
    documented = [tuple(row[:4]) for row in HOST_RULES]
    assert set(table_of_combinations := [tuple(row[:4]) for row in table("IN_DOCKER")]) == every
    assert len(table_of_combinations) == len(every)
    assert len(documented) == len(set(documented))


def test_environment_sets_every_setting_by_its_capital_name(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", "")
    monkeypatch.setenv("DATABASE_URL_HOST", "postgres://h/x")
    monkeypatch.setenv("RETENTION_KEEP", "5")
    settings = load_settings()
    assert settings.database_url is None
    assert settings.retention_keep == 5
    assert outcome(settings) == "h"


def test_invalid_setting_is_named_without_its_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RETENTION_KEEP", "s3cret")
    with pytest.raises(InvalidSettings, match="RETENTION_KEEP") as refusal:
        load_settings()
    assert "s3cret" not in str(refusal.value)


def test_names_of_plants_are_bounded() -> None:
    for name in ("main", "Fábrica 2", "a.b-c_d", "x" * 63):
        assert load_settings(plant=name).plant == name
    for name in ("", "x" * 64, "../north", "north\n", " north", "a/b", "a\x00b"):
        with pytest.raises(InvalidSettings, match="PLANT"):
            load_settings(plant=name)


@pytest.mark.parametrize(
    ("url", "secrets"),
    [
        ("postgresql://u:p%40ss@h/x", {"p%40ss", "p@ss"}),
        ("postgresql://u@h/x", set()),
        ("postgresql://h/x?user=u&password=q%21", {"q!"}),
        ("no url but a p4ssword", {"no url but a p4ssword"}),
    ],
)
def test_secret_values_are_the_passwords_in_every_spelling(url: str, secrets: set[str]) -> None:
    assert passwords_of(url) == secrets
    assert set(Settings(_env_file=None, database_url=url).secret_values()) == secrets


def test_settings_never_print_a_password() -> None:
    settings = Settings(_env_file=None, database_url="postgresql://u:hunter2@h/x")
    assert "hunter2" not in f"{settings!r} {settings} {settings.model_dump_json()}"
