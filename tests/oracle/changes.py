"""Two workbooks compared by docs/kpis.md, "What changed": rows in Python's dicts, orders in words."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING, Any

from tests.oracle.sheets import FLAG, SHEETS

if TYPE_CHECKING:
    from tests.oracle.answers import Oracle

NAMES = ("Funcionario_Nome",)
Content = dict[str, Any]


def rows(before: Oracle, after: Oracle) -> list[Content]:
    """The rows that differ, by sheet and key; of a sheet without key the key is None."""
    found = []
    for sheet, (key, _) in SHEETS.items():
        compared = _keyed(before, after, sheet, key.split()) if key else _events(before, after, sheet)
        found += [{"sheet": sheet, **one} for one in compared]
    return found


def counts(before: Oracle, after: Oracle) -> list[Content]:
    """The rows of each sheet by what became of them."""
    changed = Counter((one["sheet"], one["change"]) for one in rows(before, after))
    return [
        {
            "sheet": sheet,
            "inserted": changed[sheet, "INSERTED"],
            "updated": changed[sheet, "UPDATED"],
            "unchanged": _number(after, sheet) - changed[sheet, "INSERTED"] - changed[sheet, "UPDATED"],
            "deleted": changed[sheet, "DELETED"],
        }
        for sheet in SHEETS
    ]


def orders(before: Oracle, after: Oracle) -> list[Content]:
    """The changes of each order, in words, by its number."""
    earlier, later = ({row["Of_Id"]: row for row in _orders(one)} for one in (before, after))
    found = []
    for number in sorted(earlier.keys() | later.keys()):
        words = _words(earlier.get(number), later.get(number))
        if words:
            product = later.get(number, earlier.get(number, {}))["Of_ProdutoId"]
            found.append({"work_order_id": number, "product_id": product, "changes": words})
    return found


def kinds(before: Oracle, after: Oracle) -> dict[str, int]:
    """The orders of each kind of change that happened."""
    return dict(Counter(word["kind"] for order in orders(before, after) for word in order["changes"]))


def _number(oracle: Oracle, sheet: str) -> int:
    number: int = oracle.records(f"SELECT count(*) AS n FROM {sheet}")[0]["n"]
    return number


def _content(oracle: Oracle, sheet: str) -> list[Content]:
    kinds = SHEETS[sheet][1]
    return [
        {header: _json(row[header], kinds[header][0]) for header in kinds if header not in NAMES}
        for row in oracle.records(f"SELECT * FROM {sheet}")
    ]


def _json(value: Any, kind: str) -> Any:
    if value is not None and kind == FLAG:
        return bool(value)
    return value.isoformat() if isinstance(value, dt.date) else value


def _keyed(before: Oracle, after: Oracle, sheet: str, key: list[str]) -> list[Content]:
    earlier, later = (
        {tuple(row[header] for header in key): row for row in _content(one, sheet)} for one in (before, after)
    )
    found = []
    for number in sorted(earlier.keys() | later.keys()):
        was, now = earlier.get(number, {}), later.get(number, {})
        cells = [
            {"column": header, "before": was.get(header), "after": now.get(header)}
            for header in (now or was)
            if header not in key and (not was or not now or was[header] != now[header])
        ]
        change = "UPDATED" if was and now else "INSERTED" if now else "DELETED"
        if cells or change != "UPDATED":
            found.append({"change": change, "key": dict(zip(key, number, strict=True)), "cells": cells})
    return found


def _events(before: Oracle, after: Oracle, sheet: str) -> list[Content]:
    earlier, later = (Counter(tuple(row.items()) for row in _content(one, sheet)) for one in (before, after))
    gone, new = earlier - later, later - earlier
    return [
        {
            "change": change,
            "key": None,
            "cells": [
                {
                    "column": header,
                    "before": value if change == "DELETED" else None,
                    "after": value if change == "INSERTED" else None,
                }
                for header, value in content
            ],
        }
        for change, events in (("DELETED", gone), ("INSERTED", new))
        for content in events.elements()
    ]


def _orders(oracle: Oracle) -> list[Content]:
    return oracle.records("""
        SELECT OrdensFabrico.*, Fase_Nome AS phase_name,
               (SELECT count(*) FROM Errors WHERE Erro_OfId = Of_Id) AS errors
          FROM OrdensFabrico LEFT JOIN Fases ON Fase_Id = Of_FaseId""")


def _words(was: Content | None, now: Content | None) -> list[Content]:
    words = []
    if was is None and now is not None:
        words.append(_stamped("NEW", "New order, created {1}.", None, now["Of_DataCriacao"]))
    if was is not None and now is None:
        text = "The order, created {0}, is not in the later export."
        return [_stamped("GONE", text, was["Of_DataCriacao"], None)]
    was, now = was or {}, now or {}
    done = was.get("Of_DataAcabamento"), now["Of_DataAcabamento"]
    if done[0] is None and done[1] is not None:
        words.append(_stamped("COMPLETED", "Completed {1}.", *done))
    elif done[0] is not None and done[1] is None:
        words.append(_stamped("REOPENED", "Open again; it was completed {0}.", *done))
    elif done[0] != done[1]:
        words.append(_stamped("COMPLETION_MOVED", "Completion corrected from {0} to {1}.", *done))
    if was:
        words += _moved(was, now)
    errors = was.get("errors", 0), now["errors"]
    if errors[0] != errors[1]:
        kind, verb = ("ERRORS_ADDED", "added") if errors[1] > errors[0] else ("ERRORS_REMOVED", "removed")
        many = abs(errors[1] - errors[0])
        text = f"{many} quality error{'' if many == 1 else 's'} {verb}, {errors[1]} in all."
        words.append(_word(kind, text, str(errors[0]), str(errors[1])))
    return words


def _moved(was: Content, now: Content) -> list[Content]:
    words = []
    leaves = was["Of_DataTransporte"], now["Of_DataTransporte"]
    if leaves[0] is None and leaves[1] is not None:
        words.append(_stamped("TRANSPORT_SET", "Transport date set to {1}.", *leaves))
    elif leaves[1] is None and leaves[0] is not None:
        words.append(_stamped("TRANSPORT_CLEARED", "Transport date {0} removed.", *leaves))
    elif leaves[0] != leaves[1]:
        days = (leaves[1].date() - leaves[0].date()).days
        far = f"{abs(days)} day{'' if abs(days) == 1 else 's'} {'later' if days > 0 else 'earlier'}"
        text = f"Transport date moved {far if days else 'within the day'}, from {{0}} to {{1}}."
        words.append(_stamped("TRANSPORT_MOVED", text, *leaves))
    if was["Of_FaseId"] != now["Of_FaseId"]:
        at = [f"{one['Of_FaseId']} {one['phase_name'] or ''}".strip() for one in (was, now)]
        words.append(_word("PHASE_MOVED", f"Moved from phase {at[0]} to phase {at[1]}.", at[0], at[1]))
    if was["Of_ProdutoId"] != now["Of_ProdutoId"]:
        made = str(was["Of_ProdutoId"]), str(now["Of_ProdutoId"])
        words.append(_word("PRODUCT_CHANGED", f"Product changed from {made[0]} to {made[1]}.", *made))
    if was["Of_DataCriacao"] != now["Of_DataCriacao"]:
        text = "Creation corrected from {0} to {1}."
        words.append(_stamped("CREATION_MOVED", text, was["Of_DataCriacao"], now["Of_DataCriacao"]))
    return words


def _word(kind: str, text: str, before: str | None, after: str | None, days: int | None = None) -> Content:
    return {"kind": kind, "text": text, "before": before, "after": after, "days": days}


def _stamped(kind: str, text: str, before: dt.datetime | None, after: dt.datetime | None) -> Content:
    shown = ["" if one is None else one.strftime("%Y-%m-%d %H:%M").removesuffix(" 00:00") for one in (before, after)]
    days = (after.date() - before.date()).days if before and after else None
    iso = [None if one is None else one.isoformat() for one in (before, after)]
    return _word(kind, text.format(*shown), iso[0], iso[1], days)
