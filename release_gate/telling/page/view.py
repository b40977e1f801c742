"""A run as plain values for the page's template, limited in size and without markup."""

from __future__ import annotations

import datetime as dt
import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

from release_gate.record.files import shown_path
from release_gate.record.inputs import inputs_in, samples_in
from release_gate.record.records import Run
from release_gate.rules.language import Language
from release_gate.telling.bilingual import Words, cut, joined
from release_gate.telling.page import cards, kept
from release_gate.telling.page.cards import Card
from release_gate.telling.page.kept import EarlierRun
from release_gate.telling.page.tracebacks import tracebacks
from release_gate.telling.reports import verdict_line
from release_gate.telling.texts_of_checks import in_portuguese, paired

MARKUP_BYTES = 12
"""Estimated bytes of markup around a cell."""


@dataclass(frozen=True, slots=True)
class Detail:
    """Limits of the page's parts; the result file has everything."""

    evidence: int
    rows: int
    columns: int
    cases: int
    characters: int
    tracebacks: int
    project: bool


DETAILS = (
    Detail(evidence=40, rows=20, columns=20, cases=40, characters=400, tracebacks=20, project=True),
    Detail(evidence=12, rows=6, columns=12, cases=10, characters=160, tracebacks=5, project=True),
    Detail(evidence=2, rows=2, columns=4, cases=2, characters=80, tracebacks=0, project=False),
)
"""Levels of detail, from the whole page to one that is always small."""


def view(run: Run, result: Mapping[str, Any], folder: Path, detail: Detail) -> dict[str, Any]:
    """The values that the template uses; what checks say is in both languages where both are known."""
    translated = in_portuguese(run, result)
    told = paired(result, translated)
    also = kept.read(folder) or kept.Kept()
    found = tracebacks(folder)
    where = shown_path(run.declaration.runs_dir / str(result["run_id"]), run.declaration.root)
    samples = samples_in(result["subject"])
    blocking = cards.blocking(told, found)
    problems = cards.problems(run)
    return {
        "result": told,
        "why": _why(told, blocking, problems, detail),
        "line": Words(verdict_line(dict(result)), verdict_line(translated, Language.PT)),
        "subject": _subject(result),
        "names": {name: Words(name, run.portuguese.get(name, name)) for name in inputs_in(result["subject"])},
        "facts": also.facts[:20],
        "when": [_instant(result["started_at"]), _instant(result["finished_at"])],
        "duration": _duration(result),
        "samples": samples,
        "verify": shlex.join(["python3", "-m", "release_gate", "verify", where, *["--allow-sample"] * bool(samples)]),
        "cards": blocking,
        "waived": cards.not_deciding(told, found),
        "needless": [waiver for waiver in result["waivers"] if not waiver["used"]],
        "problems": problems,
        "criteria": [_tile(criterion, also.earlier, result) for criterion in told["criteria"]],
        "evidence": [
            {**criterion, "checks": [_check(check, detail) for check in criterion["checks"]]}
            for criterion in told["criteria"]
        ],
        "sections": also.sections if detail.project else [],
        "earlier": also.earlier,
        "recurrences": also.recurrences,
        "unstable": also.unstable,
        "files": [{**one, "href": href(one["path"])} for one in result["artefacts"]],
        "tracebacks": found[: detail.tracebacks],
        "characters": detail.characters,
    }


def weight(values: Mapping[str, Any]) -> int:
    """Estimated bytes of the evidence, much cheaper than rendering it."""
    cells = 0
    for check in (check for criterion in values["evidence"] for check in criterion["checks"]):
        cells += sum(len(item["text"]) + MARKUP_BYTES for item in check["values"])
        cells += sum(len(cell) + MARKUP_BYTES for table in check["tables"] for row in table["rows"] for cell in row)
    return cells


def href(path: str) -> str:
    """A relative link to a file of the run folder; `./` keeps a name such as `javascript:x` a name.

    A lone surrogate, which no URL can have, becomes a question mark.
    """
    return "./" + quote(path, errors="replace")


def _why(
    told: Mapping[str, Any], blocking: list[Card], problems: list[dict[str, Words | str]], detail: Detail
) -> list[dict[str, Any]]:
    """The causes and the run's own problems; if there are none, the unproven checks."""
    why: list[dict[str, Any]] = [
        {"text": joined(f"{one['check']} ", one["title"], ": ", one["root_cause"]), "checks": one["touched"]}
        for one in blocking
    ]
    why += [{"text": joined(one["message"]), "checks": 0} for one in problems]
    why = why or cards.unproven(told) or [{"text": joined(reason), "checks": 0} for reason in told["reasons"]]
    return [{**one, "short": cut(one["text"], detail.characters)} for one in why]


def _subject(result: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Statements of project and gate about the subject, beside commit, tree and inputs: name and text."""
    subject = result["subject"]
    told = {"commit", "dirty", "tree_sha256", "tree_reasons", "modules", *inputs_in(subject)}
    told |= {name for name in subject if name.endswith("_at_start")}
    return [(name, _text(value)) for name, value in subject.items() if name not in told and value not in (None, "")]


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_text(one)}" for name, one in value.items())
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _instant(told: str | None) -> str:
    if told is None:
        return ""
    return dt.datetime.fromisoformat(told).astimezone(dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def _duration(result: Mapping[str, Any]) -> float | None:
    if result["finished_at"] is None:
        return None
    began, ended = (dt.datetime.fromisoformat(result[name]) for name in ("started_at", "finished_at"))
    return (ended - began).total_seconds()


def _tile(criterion: Mapping[str, Any], earlier: list[EarlierRun], result: Mapping[str, Any]) -> dict[str, Any]:
    """A criterion with its time, its number of passed checks, and its verdict in each earlier run."""
    checks = criterion["checks"]
    identities = {check["id"] for check in checks}
    strip = [(one.run_id, _verdict_then(one, identities)) for one in earlier]
    return {
        **criterion,
        "passed": sum(check["outcome"] == "PASSED" for check in checks),
        "duration_s": sum(check["duration_s"] for check in checks),
        "strip": [*strip, (result["run_id"], criterion["verdict"])],
    }


def _verdict_then(run: EarlierRun, identities: set[str]) -> str:
    """A criterion's verdict in an earlier run, by today's checks and without that day's waivers."""
    if identities & set(run.failed):
        return "FAIL"
    return "PASS" if identities <= set(run.passed) else "INCOMPLETE"


def _check(check: Mapping[str, Any], detail: Detail) -> dict[str, Any]:
    values = [item for item in check["evidence"] if item["kind"] not in ("table", "file")]
    tables = [item for item in check["evidence"] if item["kind"] == "table"]
    files = [item for item in check["evidence"] if item["kind"] == "file"]
    return {
        **check,
        "values": [{**item, "text": _cut(_text(item.get("value")), detail)} for item in values[: detail.evidence]],
        "tables": [_table(item, detail) for item in tables[: detail.evidence]],
        "attached": [{**item, "href": href(item["path"])} for item in files[: detail.evidence]],
        "left_out": sum(max(0, len(kind) - detail.evidence) for kind in (values, tables, files)),
        "shown_cases": [{**case, "name": _cut(case["nodeid"], detail)} for case in check["cases"][: detail.cases]],
        "cases_left_out": max(0, len(check["cases"]) - detail.cases),
    }


def _table(item: Mapping[str, Any], detail: Detail) -> dict[str, Any]:
    rows = item["rows"]
    return {
        **item,
        "headers": [cut(header, detail.characters) for header in item["headers"][: detail.columns]],
        "rows": [
            [_cut(_text(cell) if cell is not None else "", detail) for cell in row[: detail.columns]]
            for row in rows[: detail.rows]
        ],
        "left_out": max(0, len(rows) - detail.rows) + item.get("rows_left_out", 0),
    }


def _cut(text: str, detail: Detail) -> str:
    return text if len(text) <= detail.characters else text[: detail.characters - 1] + "…"
