"""docs/configuration.md against the Settings class and against app.database.urls."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

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


HOST_RULES = table("IN_DOCKER")


def url_to(host: str) -> str:
    return f"postgresql://u:p@{f'[{host}]' if ':' in host else host}:5432/plan"


def outcome(settings: Settings) -> str:
    try:
        url = explicit_url(settings)
    except DatabaseError as refusal:
        return refusal.code
    return str(url.host) if url else "providers"


def test_settings_table_is_the_settings_class() -> None:
    documented = {variable.strip("`"): (default, meaning) for variable, default, meaning in table("variable")}
    built = {
        name.upper(): ("unset" if field.default is None else f"`{field.default}`", field.description)
        for name, field in Settings.model_fields.items()
    }
    assert documented == built


@pytest.mark.parametrize("row", HOST_RULES, ids=lambda row: "-".join(row))
def test_host_rule_holds(row: list[str]) -> None:
    in_docker, *hosts, expected = row
    given = {name: url_to(host) for name, host in zip(URL_SETTINGS, hosts, strict=True) if host != "–"}
    settings = Settings(_env_file=None, in_docker=in_docker, **given)
    assert outcome(settings) == expected


def test_every_combination_of_set_and_unset_urls_is_documented() -> None:
    combinations = {(row[0], *(cell != "–" for cell in row[1:4])) for row in HOST_RULES}
    without_url = {(docker, False, host, own) for docker in ("true", "false") for host in (0, 1) for own in (0, 1)}
    assert without_url <= combinations
    assert {("true", True, True, True), ("false", True, True, True)} <= combinations


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
