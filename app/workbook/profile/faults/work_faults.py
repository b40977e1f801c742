"""Faults of assignments and of quality errors."""

from __future__ import annotations

import re
from collections import Counter
from itertools import compress
from statistics import median_low

from app.contract import quality_issues as contract
from app.contract.quality_issues import QualityIssue
from app.workbook.profile.faults.fault_declaration import Fault, Found, SoundRows, divided, is_null, rows_where

ASSIGNMENTS, ERRORS = "FuncionariosFaseOrdemFabrico", "OrdemFabricoErros"

AFFIRMATION = re.compile(r"\b(bem|sem|ok|conforme)\b|\.\s*\Z", re.IGNORECASE)
"""A checklist line affirms or is a sentence with a full stop; an error's description is a name ("bubbles in the
hull")."""


def _shared(rows: SoundRows) -> Found:
    sizes = Counter(rows["FuncionarioFaseOf_FaseOfId"])
    return Found(sum(size > 1 for size in sizes.values()), len(sizes), by=divided(sizes.values()))


def _chiefs(rows: SoundRows) -> tuple[Counter[int], int]:
    """Number of chiefs of each phase that has one, and number of phases with any worker."""
    phases = rows["FuncionarioFaseOf_FaseOfId"]
    return Counter(compress(phases, rows["FuncionarioFaseOf_Chefe"])), len(set(phases))


def _without_chief(rows: SoundRows) -> Found:
    chiefs, phases = _chiefs(rows)
    return Found(phases - len(chiefs), phases)


def _several_chiefs(rows: SoundRows) -> Found:
    chiefs, phases = _chiefs(rows)
    return Found(sum(count > 1 for count in chiefs.values()), phases)


def _inactive(rows: SoundRows) -> Found:
    people = zip(rows["Funcionario_Id"], rows["Funcionario_Activo"], strict=True)
    inactive = {person for person, is_active in people if not is_active}
    return rows.hits("FuncionarioFaseOf_FaseOfId", map(inactive.__contains__, rows["FuncionarioFaseOf_FuncionarioId"]))


def _far_below(rows: SoundRows) -> Found:
    ids = rows["FuncionarioFaseOf_FaseOfId"]
    half = median_low(ids) / 2 if len(ids) else 0
    return rows.hits("FuncionarioFaseOf_FaseOfId", (phase < half for phase in ids))


def _checklist_lines(rows: SoundRows) -> Found:
    texts = rows["Erro_Descricao"]
    affirming = {text for text in set(texts) if AFFIRMATION.search(text)}
    marks = [text in affirming for text in texts]
    return rows.hits("Erro_Descricao", marks, by=divided(compress(rows["Erro_FaseAvaliacao"], marks)))


def _repeated(rows: SoundRows) -> Found:
    headers = (
        "Erro_Descricao",
        "Erro_OfId",
        "Erro_FaseAvaliacao",
        "OFCH_GRAVIDADE",
        "Erro_FaseOfAvaliacao",
        "Erro_FaseOfCulpada",
    )
    seen = set()
    marks = bytearray()
    for event in zip(*(rows[header] for header in headers), strict=True):
        marks.append(event in seen)
        seen.add(event)
    return rows.hits("Erro_Descricao", marks)


WORK_FAULTS: tuple[Fault, ...] = (
    Fault(
        QualityIssue(ASSIGNMENTS, "SHARED_PHASE", "phases that more than one person worked on; by people"),
        _shared,
        "phases",
    ),
    Fault(contract.PHASE_WITHOUT_CHIEF, _without_chief, "phases"),
    Fault(contract.PHASE_WITH_SEVERAL_CHIEFS, _several_chiefs, "phases"),
    Fault(contract.ASSIGNED_INACTIVE_PERSON, _inactive),
    Fault(
        QualityIssue(ASSIGNMENTS, "PHASE_ID_FAR_BELOW", "phase numbers under half the median one: far below the rest"),
        _far_below,
    ),
)

ERROR_FAULTS: tuple[Fault, ...] = (
    rows_where(contract.CULPRIT_UNKNOWN, "Erro_FaseOfCulpada", is_null),
    rows_where(
        contract.CULPRIT_AFTER_JUDGE,
        "Erro_FaseOfCulpada Erro_FaseOfAvaliacao",
        lambda culprit, judge: culprit is not None and culprit > judge,
    ),
    rows_where(
        contract.CULPRIT_IS_JUDGE,
        "Erro_FaseOfCulpada Erro_FaseOfAvaliacao",
        lambda culprit, judge: culprit == judge,
    ),
    Fault(
        QualityIssue(ERRORS, "CHECKLIST_LINE", "lines that affirm instead of naming an error; by judging phase"),
        _checklist_lines,
    ),
    Fault(contract.REPEATED_ERROR, _repeated),
)
