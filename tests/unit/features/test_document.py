"""FEATURE_GATES.json: what was built reads back; anything altered is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.features import gates_document
from app.features.errors import DocumentError
from app.features.gate_declaration import load_gates
from app.features.gate_judgement import MatchRate, judge

SHA = "0" * 64
SOME = MatchRate(rows_referencing=100, rows_matched=60, distinct_referencing=10, distinct_matched=6)


@st.composite
def rates(draw: st.DrawFn) -> MatchRate:
    rows, distinct = draw(st.integers(0, 10**9)), draw(st.integers(0, 10**9))
    return MatchRate(rows, draw(st.integers(0, rows)), distinct, draw(st.integers(0, distinct)), ("17",))


def built(rate: MatchRate = SOME) -> dict[str, Any]:
    judgements = [judge(gate, rate) for gate in load_gates()]
    return gates_document.build(run_id=3, plant="main", excel_sha256=SHA, judgements=judgements)


@given(rates())
def test_document_reads_back_as_it_was_judged(rate: MatchRate) -> None:
    parsed = gates_document.parse(json.loads(json.dumps(built(rate))))
    assert (parsed.run_id, parsed.plant, parsed.excel_sha256) == (3, "main", SHA)
    assert parsed.judgements == {gate.name: judge(gate, rate) for gate in load_gates()}


@pytest.mark.parametrize(
    ("field", "value"),
    [("status", "ENABLED"), ("match_rate", 0.99), ("matched", 99), ("enabled_at", 0.1), ("relationship", "a → b")],
)
def test_altered_gate_is_refused(field: str, value: Any) -> None:
    document = built()
    document["gates"][0][field] = value
    with pytest.raises(DocumentError):
        gates_document.parse(document)


def test_document_lacking_or_repeating_a_gate_is_refused() -> None:
    for change in (lambda gates: gates[1:], lambda gates: [*gates, gates[0]]):
        document = built()
        document["gates"] = change(document["gates"])
        with pytest.raises(DocumentError):
            gates_document.parse(document)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 20_000, b'{"run_id": 3}'])
def test_file_that_is_no_document_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "FEATURE_GATES.json"
    path.write_bytes(content)
    with pytest.raises(DocumentError):
        gates_document.read(path)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(DocumentError):
            gates_document.read(path)


def test_write_replaces_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "new" / "FEATURE_GATES.json"
    gates_document.write(path, built())
    gates_document.write(path, built(MatchRate(1, 1, 1, 1)))
    assert [item.name for item in path.parent.iterdir()] == ["FEATURE_GATES.json"]
    assert gates_document.read(path).judgements["produto_join"].matched == 1
