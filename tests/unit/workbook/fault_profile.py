"""The faults of a workbook, counted one by one over plain rows; shares no code with the generator."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from typing import Any

Rows = list[list[Any]]

EXPORTED_AT = dt.datetime(2025, 12, 11, 12, 50)
MIDNIGHT = dt.time()
YEAR = dt.timedelta(days=365)


def order_faults(orders: Rows) -> dict[str, int]:
    """OrdensFabrico: columns are id, created, completed, product, phase, transport."""
    created = [row[1] for row in orders]
    completed = [(row[1], row[2]) for row in orders if row[2] is not None]
    transport = [(row[1], row[5]) for row in orders if row[5] is not None]
    return {
        "without completion": sum(row[2] is None for row in orders),
        "without transport": sum(row[5] is None for row in orders),
        "completed before created": sum(end < start for start, end in completed),
        "completed on 2006-03-10": sum(end == dt.datetime(2006, 3, 10) for _, end in completed),
        "transport before created": sum(end < start for start, end in transport),
        "transport in the future": sum(end > EXPORTED_AT for _, end in transport),
        "lead time over 365 days": sum(end - start > YEAR for start, end in completed),
        "created at a time of day": sum(moment.time() != MIDNIGHT for moment in created),
    }


def phase_faults(phases: Rows) -> dict[str, int]:
    """FasesOrdemFabrico: start and end are columns 2 and 3, planned 4, weight 8, return 9, shift 10."""
    closed = [(row[2], row[3]) for row in phases if row[2] is not None and row[3] is not None]
    return {
        "without end or ended before start": sum(row[3] is None for row in phases) + sum(b < a for a, b in closed),
        "ended before start": sum(end < start for start, end in closed),
        "longer than three years": sum(end - start > 3 * YEAR for start, end in closed),
        "shift null": sum(row[10] is None for row in phases),
        "planned date null": sum(row[4] is None for row in phases),
        "weight zero": sum(row[8] == 0 for row in phases),
        "returns": sum(row[9] == 1 for row in phases),
    }


def assignment_faults(assignments: Rows, employees: Rows) -> dict[str, int]:
    """FuncionariosFaseOrdemFabrico: phase, person, is chief."""
    active = {row[0]: row[2] for row in employees}
    members: dict[int, list[int]] = defaultdict(list)
    for phase, _, is_chief in assignments:
        members[phase].append(is_chief)
    sizes = Counter(map(len, members.values()))
    known = [row[1] for row in assignments if row[1] in active]
    return {
        "pairs twice": len(assignments) - len({(row[0], row[1]) for row in assignments}),
        **{f"phases of {size} people": sizes[size] for size in (1, 2, 3, 4, 5)},
        "without chief": sum(sum(chiefs) == 0 for chiefs in members.values()),
        "more than one chief": sum(sum(chiefs) > 1 for chiefs in members.values()),
        "by inactive people": sum(active[person] == 0 for person in known),
        "by unknown people": len(assignments) - len(known),
        "phase ids far below": sum(row[0] < 1_000_000 for row in assignments),
    }


def error_faults(errors: Rows, orders: Rows) -> dict[str, int]:
    """OrdemFabricoErros: description, order, evaluating phase, severity, judging and culprit order phase."""
    known = {row[0] for row in orders}
    blamed = [(row[4], row[5]) for row in errors if row[5] is not None]
    severities = Counter(row[3] for row in errors)
    positive = [row for row in errors if row[0].startswith("Verificação")]
    return {
        "culprit null": sum(row[5] is None for row in errors),
        "culprit after judge": sum(culprit > judge for judge, culprit in blamed),
        "culprit is judge": sum(culprit == judge for judge, culprit in blamed),
        "positive lines": len(positive),
        "positive lines elsewhere than at phase 8": sum(row[2] != 8 for row in positive),
        **{f"severity {grade}": severities[grade] for grade in (1, 2, 3)},
        "of an unknown order": sum(row[1] not in known for row in errors),
        "unknown orders": len({row[1] for row in errors} - known),
    }


def catalogue_faults(sheets: dict[str, Rows]) -> dict[str, int]:
    """Fases, Modelos, FasesStandardModelos: sizes do not follow the scale, so neither do these counts."""
    models, routes = sheets["Modelos"], sheets["FasesStandardModelos"]
    both = [(row[2], row[3]) for row in models if row[2] and row[3]]
    sequences: dict[int, list[int]] = defaultdict(list)
    for product, _, sequence, _, _ in routes:
        sequences[product].append(sequence)
    return {
        "phases of no order": len({row[0] for row in sheets["Fases"]} - {row[4] for row in sheets["OrdensFabrico"]}),
        "deck with float32 noise": sum(is_noisy(row[4]) for row in models),
        "hull with float32 noise": sum(is_noisy(row[5]) for row in models),
        "both weights zero": sum(row[2] == 0 and row[3] == 0 for row in models),
        "finished lighter": sum(finished < demoulded for demoulded, finished in both),
        "double spaces": sum("  " in row[1] for row in models),
        "product and phase again": len(routes) - len({(row[0], row[1]) for row in routes}),
        "gaps in sequence": sum(max(found) - min(found) >= len(found) for found in sequences.values()),
        "coefficient over 24": sum(row[3] >= 24 for row in routes),
        "coefficient X over 18": sum(row[4] >= 18 for row in routes),
        "more than four decimals": sum(decimals(row[3]) > 4 or decimals(row[4]) > 4 for row in routes),
    }


def people_faults(employees: Rows, skills: Rows) -> dict[str, int]:
    """Funcionarios and FuncionariosFasesAptos."""
    people = {row[0]: row for row in employees}
    keys = Counter((row[0], row[1]) for row in skills)
    dates: dict[tuple[int, int], set[Any]] = defaultdict(set)
    for person, phase, since in skills:
        dates[person, phase].add(since)
    return {
        "people": len(people),
        "identical repeats": len(employees) - len({tuple(row) for row in employees}),
        "most repeats of one": max(Counter(row[0] for row in employees).values()),
        "who left": sum(row[1].startswith("z) ") for row in people.values()),
        "who left and are active": sum(row[1].startswith("z) ") and row[2] == 1 for row in people.values()),
        "skills twice, dates differ": sum(n == 2 and len(dates[key]) == 2 for key, n in keys.items()),
        "skills undated": sum(row[2] is None for row in skills),
    }


def is_noisy(value: float) -> bool:
    """More decimals than anyone typed: what a 32-bit float leaves behind."""
    return decimals(value) > 8


def decimals(value: float) -> int:
    """Decimal places of the shortest decimal that reads back as this double."""
    match = re.fullmatch(r"-?\d+(?:\.(\d+))?(?:e-(\d+))?", repr(value))
    assert match is not None, value
    fraction = (match[1] or "").rstrip("0")
    return len(fraction) + int(match[2] or 0)
