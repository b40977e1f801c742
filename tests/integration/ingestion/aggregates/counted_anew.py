"""Aggregates of a run, counted from its rows in core by rules that are written a second time."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable
from statistics import mean
from typing import Any

import pytest

from tests.integration.ingestion.conftest import Plant
from tests.integration.ingestion.core_rows import DAY, HOUR, Row, errors_of, latest, live


def rank(values: list[float], share: float) -> float | None:
    """Linear interpolation between the two nearest ranks."""
    if not values:
        return None
    place = share * (len(values) - 1)
    low = sorted(values)[int(place)]
    high = sorted(values)[min(int(place) + 1, len(values) - 1)]
    return low + (high - low) * (place - int(place))


CLASSES = {9: "STORED", 10: "STORED", 12: "DELIVERED", 15: "IN_USE", 16: "SCRAPPED", 17: "SCRAPPED", 72: "REUSED"}


def standing(order: Row, as_of: dt.datetime) -> str:
    """The standing of an open order, by rules written anew."""
    if order["phase_id"] in CLASSES:
        return "TERMINAL"
    return "STALE" if order["created_at"] < as_of - 365 * DAY else "PRODUCTION"


def key_figures(plant: Plant) -> Row:
    """core.key_figures, from the rows."""
    as_of, orders, errors = latest(plant), live(plant, "work_orders"), errors_of(plant)
    known = {order["work_order_id"] for order in orders}
    done = [order for order in orders if order["completed_at"]]
    leads = [(o["completed_at"] - o["created_at"]) / DAY for o in done if o["completed_at"] >= o["created_at"]]
    judged = [order for order in done if order["transport_at"]]
    due = [order for order in orders if order["transport_at"] and order["transport_at"].date() < as_of.date()]
    recent = [
        (o["completed_at"] - o["created_at"]) / DAY for o in done if as_of - 30 * DAY < o["completed_at"] <= as_of
    ]
    recent = [days for days in recent if days >= 0]
    late = Counter(standing(order, as_of) for order in due if not order["completed_at"])
    return {
        "due_orders": len(due),
        "due_on_time_orders": sum(
            bool(order["completed_at"]) and order["completed_at"].date() <= order["transport_at"].date()
            for order in due
        ),
        "lead_time_orders": len(leads),
        "lead_time_mean_days": pytest.approx(mean(leads)),
        "lead_time_p50_days": pytest.approx(rank(leads, 0.5)),
        "lead_time_p90_days": pytest.approx(rank(leads, 0.9)),
        "completed_before_created_orders": len(done) - len(leads),
        "delivery_orders": len(judged),
        "on_time_orders": sum(o["completed_at"].date() <= o["transport_at"].date() for o in judged),
        "overdue_orders": late["PRODUCTION"],
        "overdue_terminal_orders": late["TERMINAL"],
        "overdue_stale_orders": late["STALE"],
        "throughput_orders": sum(as_of - 30 * DAY < o["completed_at"] <= as_of for o in done),
        "throughput_window_days": 30,
        "recent_lead_time_orders": len(recent),
        "recent_lead_time_mean_days": pytest.approx(mean(recent)) if recent else None,
        "recent_lead_time_p50_days": pytest.approx(rank(recent, 0.5)) if recent else None,
        "recent_lead_time_p90_days": pytest.approx(rank(recent, 0.9)) if recent else None,
        "orders_with_errors": len(known & {error["work_order_id"] for error in errors}),
        "errors_of_unknown_orders": sum(error["work_order_id"] not in known for error in errors),
        "without_culprit_errors": sum(error["culprit_order_phase_id"] is None for error in errors),
    }


def states(order: Row, phases: list[Row]) -> Iterable[tuple[Row, str, dt.datetime | None]]:
    """Each phase without end, its state, and since when."""
    phases = sorted(phases, key=lambda phase: (phase["sequence"], phase["order_phase_id"]))
    unended = [phase for phase in phases if not phase["finished_at"]]
    idle = [phase for phase in unended if not phase["started_at"]]
    ends = [phase["finished_at"] for phase in phases if phase["finished_at"]]
    for phase in unended:
        if order["completed_at"]:
            yield phase, "UNCLOSED", None
        elif phase["started_at"]:
            yield phase, "IN_PROCESS", phase["started_at"]
        elif len(idle) == len(unended) and phase is idle[0]:
            yield phase, "QUEUED", max(ends, default=order["created_at"])
        else:
            yield phase, "WAITING", None


SCOPES = {"PRODUCTION": (), "WITH_TERMINAL": ("TERMINAL",), "WITH_STALE": ("STALE",), "ALL": ("TERMINAL", "STALE")}


def loads(plant: Plant) -> dict[Any, Row]:
    """core.phase_loads, from the rows."""
    as_of, members = latest(plant), defaultdict(list)
    for phase in live(plant, "order_phases"):
        members[phase["work_order_id"]].append(phase)
    found = defaultdict(list)
    for order in live(plant, "work_orders"):
        for phase, state, since in states(order, members[order["work_order_id"]]):
            age = (as_of - since) / HOUR if since else None
            for scope, included in SCOPES.items():
                own = "PRODUCTION" if state == "UNCLOSED" else standing(order, as_of)
                counts = own in ("PRODUCTION", *included)
                found[scope, phase["phase_id"]].append((phase, state if counts else own, age if counts else None))
    return {key: load(*key, there) for key, there in found.items()}


def load(scope: str, phase_id: int, found: list[tuple[Row, str, float | None]]) -> Row:
    counts = Counter(state for _, state, _ in found)
    ages = {state: [age for _, of, age in found if of == state and age is not None] for state in counts}
    still = [(phase, state) for phase, state, _ in found if state in ("IN_PROCESS", "QUEUED", "WAITING")]
    record: Row = {
        "scope": scope,
        "left_out_terminal": counts["TERMINAL"],
        "left_out_stale": counts["STALE"],
        "phase_id": phase_id,
        **{name.lower(): counts[name] for name in ("IN_PROCESS", "QUEUED", "WAITING", "UNCLOSED")},
        "open_orders": len({phase["work_order_id"] for phase, _ in still}),
        "weight_kg": pytest.approx(sum(phase["weight_kg"] for phase, _ in still)),
        "in_process_weight_kg": pytest.approx(sum(p["weight_kg"] for p, state in still if state == "IN_PROCESS")),
        "phases_without_weight": sum(phase["weight_kg"] == 0 for phase, _ in still),
    }
    for name, state in (("in_process", "IN_PROCESS"), ("queue", "QUEUED")):
        for shown, share in (("p50", 0.5), ("p90", 0.9)):
            age = rank(ages.get(state, []), share)
            record[f"{name}_age_{shown}_hours"] = age if age is None else pytest.approx(age)
    return record
