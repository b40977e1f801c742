"""A key is kept as a hash only, in a file for its owner's eyes, and the command makes and revokes it."""

from __future__ import annotations

import hashlib
import hmac
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.api.keys.api_keys import KeysError, Scope, holder_of, new_key, parse_keys
from app.api.keys.keys_file import add_key, revoke_key
from app.commands.cli import app


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys" / "api_keys.json"


def test_key_is_printed_once_and_only_its_hash_is_kept(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEYS_FILE", str(path))
    made = CliRunner().invoke(app, ["api-key", "planner", "--scope", "read", "--scope", "ingest"])
    assert made.exit_code == 0, made.output
    text = made.stdout.strip()
    kept = path.read_text(encoding="utf-8")
    assert text not in kept
    (entry,) = json.loads(kept)["keys"]
    assert (entry["sha256"], entry["scopes"]) == (hashlib.sha256(text.encode()).hexdigest(), ["ingest", "read"])
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    listed = CliRunner().invoke(app, ["api-key", "--list"])
    assert listed.output.startswith("planner: ingest, read, made ")
    assert CliRunner().invoke(app, ["api-key", "planner", "--revoke"]).exit_code == 0
    assert CliRunner().invoke(app, ["api-key", "--list", "--json"]).output.strip() == "[]"
    assert "holds no key" in CliRunner().invoke(app, ["api-key", "--list"]).output
    assert parse_keys(path.read_bytes()) == ()


@pytest.mark.parametrize(
    "arguments", [["planner"], ["planner", "--scope", "write"], ["planner", "--scope", "read", "--revoke"]]
)
def test_wrong_usage_makes_nothing(path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str]) -> None:
    monkeypatch.setenv("API_KEYS_FILE", str(path))
    assert CliRunner().invoke(app, ["api-key", *arguments]).exit_code == 2
    assert not path.exists()


def test_refusals_leave_the_file_as_it_is(path: Path) -> None:
    add_key(path, "planner", [Scope.READ])
    before = path.read_bytes()
    for refused in (
        lambda: add_key(path, "planner", [Scope.READ]),
        lambda: add_key(path, "pl anner", [Scope.READ]),
        lambda: revoke_key(path, "nobody"),
    ):
        with pytest.raises(KeysError):
            refused()
    assert path.read_bytes() == before
    path.write_text("{", encoding="utf-8")
    with pytest.raises(KeysError):
        add_key(path, "other", [Scope.READ])
    assert path.read_text(encoding="utf-8") == "{"


def test_keys_made_at_once_are_all_kept(path: Path) -> None:
    names = [f"key-{number}" for number in range(20)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda name: add_key(path, name, [Scope.READ]), names))
    assert sorted(key.name for key in parse_keys(path.read_bytes())) == sorted(names)


def test_every_known_key_is_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    pairs = [new_key(f"key-{number}", [Scope.READ]) for number in range(3)]
    compared = []
    true_comparison = hmac.compare_digest

    def counting(one: str, other: str) -> bool:
        compared.append(one)
        return true_comparison(one, other)

    monkeypatch.setattr(hmac, "compare_digest", counting)
    kept = [key for _, key in pairs]
    for text, key in pairs:
        assert holder_of(kept, text) == key
    assert holder_of(kept, "prodplan_other") is None
    assert len(compared) == 3 * 4


def test_keys_are_never_alike_and_long_enough() -> None:
    texts = {new_key("one", [Scope.READ])[0] for _ in range(100)}
    assert len(texts) == 100
    assert min(len(text.removeprefix("prodplan_")) for text in texts) * 6 >= 256
