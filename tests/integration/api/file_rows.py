"""Rows of a JSON answer as its files must have them, computed from the body alone, and rows as a CSV has them."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

Row = dict[str, Any]
Rows = list[Row]


def flat(entry: Row, both: bool = False) -> Row:
    """The entry without lists and inner objects. both: the members of the latter are named after both."""
    found: Row = {}
    for name, value in entry.items():
        if isinstance(value, dict):
            found |= {f"{name}_{key}" if both else key: one for key, one in value.items()}
        else:
            found[name] = ", ".join(map(str, value)) if isinstance(value, list) else value
    return found


def listed(name: str, both: bool = False) -> Callable[[Row], Rows]:
    return lambda body: [flat(entry, both) for entry in body[name]]


def nested(outer: str, inner: str, *heads: str) -> Callable[[Row], Rows]:
    return lambda body: [
        {head: one[head] for head in heads} | flat(entry) for one in body[outer] for entry in one[inner]
    ]


def of_load(body: Row) -> Rows:
    rows: Rows = []
    for phase in body["phases"]:
        head = {name: phase[name] for name in ("phase_id", "phase_name", "places")}
        rows += [head | {"due": "week"} | week for week in phase["weeks"]]
        nothing = dict.fromkeys(body["phases"][0]["weeks"][0])
        rows += [
            head | {"due": due} | nothing | {"work_hours": phase[f"{due}_work_hours"]} for due in ("later", "undated")
        ]
    return rows


def of_backlog(body: Row) -> Rows:
    undated = dict.fromkeys(body["weeks"][0]) | {"orders": body["orders_without_transport_date"]}
    return [*body["weeks"], undated]


def of_kinds(**lists: str) -> Callable[[Row], Rows]:
    """The entries of several lists, or one entry; `of` names the kind, and each has the columns of all."""

    def rows(body: Row) -> Rows:
        found = []
        for kind, name in lists.items():
            entries = body[name] if isinstance(body[name], list) else [body[name]]
            found += [{"of": kind} | flat(entry, both=True) for entry in entries]
        return found

    return rows


def of_people(body: Row) -> Rows:
    heads = ("order_phase_id", "sequence", "phase_id", "phase_name")
    return [
        {name: phase[name] for name in heads}
        | {
            "workers": joined(one["employee_id"] for one in phase["workers"]),
            "chiefs": joined(one["employee_id"] for one in phase["workers"] if one["is_chief"]),
            "qualified_employees": joined(phase["qualified_employees"]),
        }
        for phase in body["phases"]
    ]


def joined(numbers: Any) -> str:
    return ", ".join(map(str, numbers))


def of_skills(body: Row) -> Rows:
    names = {phase["phase_id"]: phase["phase_name"] for phase in body["phases"]}
    rows = [
        {"employee_id": one["employee_id"], "is_active": one["is_active"], "phase_id": skill["phase_id"]}
        | {"phase_name": names[skill["phase_id"]], "qualified_at": skill["qualified_at"]}
        for one in body["employees"]
        for skill in one["skills"]
    ]
    nobodys = [phase["phase_id"] for phase in body["phases"] if not phase["qualified_employees"]]
    return rows + [dict.fromkeys(rows[0]) | {"phase_id": one, "phase_name": names[one]} for one in nobodys]


def of_promise(body: Row) -> Rows:
    heads = ("product_id", "orders", "promise_at", "safe_promise_at")
    return [{head: body[head] for head in heads} | step for step in body["steps"]]


def written(text: str) -> list[dict[str, str]]:
    """The rows of a CSV behind its byte order mark."""
    assert text.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(text[1:], newline="")))


def shown_in_csv(order: dict[str, Any]) -> dict[str, str]:
    """An order of the list as cells of text; an empty one is null."""
    cells = {name: "" if value is None else value for name, value in order.items()}
    days = cells["lead_time_days"]
    return {name: str(cell) for name, cell in cells.items()} | {
        "lead_time_days": "" if days == "" else str(float(f"{days:.12g}"))
    }
