"""FEATURE_GATES.json: one run's judgements, built, written, read back and validated.

The schema is app/schemas/feature_gates.schema.json. A document whose statuses do not follow from its own integers by
the declared thresholds is invalid, so that editing a status by hand opens nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from app.checkout import SCHEMAS
from app.features.errors import DocumentError
from app.features.gate_declaration import load_gates
from app.features.gate_judgement import Judgement, MatchRate, described, judge
from app.files import write_atomically
from app.ratios import match_counts

SCHEMA_VERSION = 1
SCHEMA_FILE = SCHEMAS / "feature_gates.schema.json"
MAX_BYTES = 1_000_000
"""A document has about 5 kB; a much larger file is refused unread."""


@dataclass(frozen=True, slots=True)
class GateDocument:
    """A valid document: the run that it belongs to, and the judgement of every declared gate by name."""

    run_id: int
    plant: str
    excel_sha256: str
    judgements: dict[str, Judgement]


def build(*, run_id: int, plant: str, excel_sha256: str, judgements: Iterable[Judgement]) -> dict[str, Any]:
    """The document of one run as plain JSON values, validated. Raises DocumentError."""
    document = {
        "schema_version": SCHEMA_VERSION,
        "run_id": run_id,
        "plant": plant,
        "excel_sha256": excel_sha256,
        "gates": [_entry(judgement) for judgement in judgements],
    }
    parse(document)
    return document


def write(path: Path, document: dict[str, Any]) -> None:
    """Write the document; a reader sees the old one or the new one, each whole."""
    write_atomically(path, json.dumps(document, ensure_ascii=False, indent=2) + "\n")


def read(path: Path) -> GateDocument:
    """The valid document in this file. Raises DocumentError, saying what is wrong, without the file's path."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise DocumentError(f"the gates file cannot be read ({error.strerror})") from error
    if len(content) > MAX_BYTES:
        raise DocumentError(f"the gates file is larger than {MAX_BYTES} bytes")
    try:
        return parse(json.loads(content))
    except (ValueError, RecursionError) as error:
        raise DocumentError("the gates file is not JSON") from error


def parse(document: Any) -> GateDocument:
    """Validate plain JSON values as a document. Raises DocumentError."""
    fault = best_match(_validator().iter_errors(document))
    if fault is not None:
        raise DocumentError(f"the gates document violates its schema at {fault.json_path}")
    judgements = {}
    entries = {entry["gate"]: entry for entry in document["gates"]}
    if len(entries) != len(document["gates"]) or set(entries) != {gate.name for gate in load_gates()}:
        raise DocumentError("the gates document does not hold each declared gate once")
    for gate in load_gates():
        entry = entries[gate.name]
        try:
            judgement = judge(gate, _rate(entry))
        except ValueError as error:
            raise DocumentError(f"the gates document contradicts itself at {gate.name}: {error}") from error
        if _entry(judgement) != entry:
            raise DocumentError(f"the gates document contradicts the declared gate {gate.name}")
        judgements[gate.name] = judgement
    return GateDocument(document["run_id"], document["plant"], document["excel_sha256"], judgements)


@cache
def _validator() -> Draft202012Validator:
    try:
        schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DocumentError("app/schemas/feature_gates.schema.json cannot be read") from error
    return Draft202012Validator(schema)


def _entry(judgement: Judgement) -> dict[str, Any]:
    rate = judgement.rate
    return {
        **described(judgement.gate, judgement.status, judgement),
        "rows": match_counts(rate.rows_matched, rate.rows_referencing),
        "distinct": match_counts(rate.distinct_matched, rate.distinct_referencing),
        "orphan_sample": list(rate.orphan_sample),
    }


def _rate(entry: dict[str, Any]) -> MatchRate:
    rows, distinct = entry["rows"], entry["distinct"]
    return MatchRate(
        rows_referencing=rows["referencing"],
        rows_matched=rows["matched"],
        distinct_referencing=distinct["referencing"],
        distinct_matched=distinct["matched"],
        orphan_sample=tuple(entry["orphan_sample"]),
    )
