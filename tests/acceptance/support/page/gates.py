"""The match rates with their thresholds, what each gate closes, and who can mend it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.acceptance.support.page.words import GATE_STATUS, Part, both, grouped
from tests.acceptance.support.portuguese.catalogue import said


def gates_section(gates: Mapping[str, Any], relationships: Mapping[str, Any] | None) -> Part:
    """The declared gates as bars; every relationship's rates below them."""
    blocks: list[Part] = [
        {
            "type": "bars",
            "title": both("Feature gates", "Funcionalidades condicionadas"),
            "most": 100,
            "unit": "%",
            "rows": [_bar(gate) for gate in gates["gates"]],
        }
    ]
    if relationships is not None:
        blocks.append(_relationships(relationships))
    return {
        "title": both("Match rates", "Taxas de correspondência"),
        "summary": both(
            "Referencing values whose target exists, over all loaded rows before rejection.",
            "Valores cuja referência existe, sobre todas as linhas carregadas antes da rejeição.",
        ),
        "blocks": blocks,
    }


def _bar(gate: Mapping[str, Any]) -> Part:
    status, tone = GATE_STATUS[gate["status"]]
    limits = (
        (both("open from", "aberto desde"), gate["enabled_at"]),
        (both("with a warning from", "com aviso desde"), gate["degraded_at"]),
    )
    return {
        "label": f"{gate['gate']}: {gate['relationship']}",
        "value": percent(gate["match_rate"]),
        "status": status,
        "tone": tone,
        "marks": [{"label": label, "value": percent(limit)} for label, limit in limits if limit],
        "notes": _notes(gate),
    }


def _notes(gate: Mapping[str, Any]) -> list[Any]:
    over = {"rows": both("rows", "linhas"), "distinct": both("distinct values", "valores distintos")}[gate["over"]]
    matched, referencing = grouped(gate["matched"]), grouped(gate["referencing"])
    notes: list[Any] = [
        both(f"{matched} of {referencing} {over['en']} match", f"{matched} de {referencing} {over['pt']} correspondem")
    ]
    closed = ", ".join([*gate["guards"], *gate["values"]])
    if gate["status"] == "DISABLED" and closed:
        notes.append(both(f"Closed: {closed}", f"Fechado: {closed}"))
    elif gate["status"] == "DEGRADED" and closed:
        notes.append(both(f"Answered with a warning: {closed}", f"Respondido com aviso: {closed}"))
    if gate["status"] != "ENABLED" and gate["remedy"]:
        notes.append(both(f"To open it: {gate['remedy']}", f"Para abrir: {said(gate['remedy'])}"))
    return notes


def _relationships(report: Mapping[str, Any]) -> Part:
    columns = [
        both("relationship", "relação"),
        both("rows, %", "linhas, %"),
        both("distinct, %", "distintos, %"),
        both("rows without target", "linhas sem destino"),
    ]
    rows = [
        [
            one["relationship"],
            *(percent(one[over]["match_rate"]) for over in ("rows", "distinct")),
            one["rows"]["orphans"],
        ]
        for one in report["relationships"]
    ]
    return {"type": "table", "title": both("Every relationship", "Todas as relações"), "columns": columns, "rows": rows}


def percent(rate: float | None) -> float | None:
    return None if rate is None else round(100 * rate, 2)
