"""The latencies of each endpoint with quantiles, bound and target; the last PASS behind them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from tests.acceptance.support.latencies.baseline import Baseline
from tests.acceptance.support.page.words import SLO_STATUS, Part, both
from tests.acceptance.support.portuguese.catalogue import said

BINS = 40
LEAST_MS = 0.01


def latencies_section(results: Mapping[str, Any], baseline: Baseline | None) -> Part:
    """One distribution for each SLO, in the order of its declaration."""
    earlier = {slo["name"]: slo for slo in baseline.results["slos"]} if baseline else {}
    rows = [_distribution(slo, earlier.get(slo["name"])) for slo in results["slos"]]
    blocks: list[Part] = [
        {
            "type": "distributions",
            "title": both("Response times", "Tempos de resposta"),
            "unit": "ms",
            "scale": "log",
            "rows": [row for row in rows if row is not None],
        }
    ]
    unmeasured = [slo for slo, row in zip(results["slos"], rows, strict=True) if row is None]
    blocks += [
        {
            "type": "note",
            "tone": "warn",
            "text": both(
                f"{slo['title']}: {slo['status']}. {slo['reason']}",
                f"{said(slo['title'])}: {slo['status']}. {said(slo['reason'])}",
            ),
        }
        for slo in unmeasured
    ]
    return {
        "title": both("Latencies", "Latências"),
        "summary": _compared(baseline),
        "blocks": blocks,
    }


def load_fact(results: Mapping[str, Any]) -> Part | None:
    """The machine under the measured load, for the page's head; None where nothing was measured."""
    machine = (results.get("load") or {}).get("machine")
    if not machine:
        return None
    others = machine.get("other_ratio")
    shown = "" if others is None else f", {100 * others:.0f} %"
    text = f"{machine['load_1min']:g}{shown}"
    label = both("load while measuring (1 min, other processes)", "carga durante a medição (1 min, outros processos)")
    return {"label": label, "value": text}


def _compared(baseline: Baseline | None) -> dict[str, str]:
    if baseline is None:
        return both("No comparable earlier PASS.", "Nenhum PASS anterior comparável.")
    return both(f"Behind: run {baseline.run_id}, the last PASS.", f"Atrás: execução {baseline.run_id}, o último PASS.")


def _distribution(slo: Mapping[str, Any], earlier: Mapping[str, Any] | None) -> Part | None:
    values = [max(LEAST_MS, one) for one in slo.get("latencies_ms") or []]
    if not values:
        return None
    before = [max(LEAST_MS, one) for one in (earlier or {}).get("latencies_ms") or []]
    edges = geometric(min([*values, *before]), max([*values, *before]))
    status, tone = SLO_STATUS[slo["status"]]
    marks = (
        (both("p50", "p50"), slo["p50_ms"], "good"),
        (both("p95", "p95"), slo["p95_ms"], "warn"),
        (both("bound of p95", "limite do p95"), slo["upper_bound_ms"], "plain"),
        (both("target", "objetivo"), slo["target_ms"], "bad"),
    )
    return {
        "label": both(f"{slo['title']} {slo['endpoint']}", f"{said(slo['title'])} {slo['endpoint']}"),
        "edges": edges,
        "counts": counted(values, edges),
        "earlier": counted(before, edges) if before else [],
        "status": status,
        "tone": tone,
        "marks": [{"label": label, "value": value, "tone": tone} for label, value, tone in marks if value],
        "notes": [
            both(
                f"{slo['samples']} correct answers, {slo['errors']} errors; {slo['reason']}",
                f"{slo['samples']} respostas corretas, {slo['errors']} erros; {said(slo['reason'])}",
            )
        ],
    }


def geometric(low: float, high: float) -> list[float]:
    """Edges that rise by one factor from just under the lowest value to just above the highest."""
    low, high = 0.99 * low, 1.01 * high
    factor = (high / low) ** (1 / BINS)
    return [low * factor**number for number in range(BINS + 1)]


def counted(values: Sequence[float], edges: Sequence[float]) -> list[int]:
    """Count the values between each two neighbouring edges."""
    counts = [0] * (len(edges) - 1)
    for value in values:
        counts[min(max(bisect_right(edges, value) - 1, 0), len(counts) - 1)] += 1
    return counts
