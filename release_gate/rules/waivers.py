"""Waivers: known failures that somebody answers for until a day. Strict: anything doubtful is a misconfiguration."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from release_gate.rules.declaration import Declaration
from release_gate.rules.model import Waiver

SOON = dt.timedelta(days=7)
FIELDS = ("check", "reason", "approver", "expires")


@dataclass(frozen=True, slots=True)
class Waivers:
    """What the file grants. errors: each makes the run MISCONFIGURED. warnings: shown."""

    valid: tuple[Waiver, ...]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def load_waivers(path: Path, declaration: Declaration, today: dt.date) -> Waivers:
    """The waivers in `path` ([[waivers]] with check, reason, approver, expires); no file grants none."""
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Waivers((), (), ())
    except (OSError, tomllib.TOMLDecodeError) as error:
        return Waivers((), (f"{path.name} cannot be read: {error}.",), ())
    unknown = sorted(table.keys() - {"waivers"})
    entries = table.get("waivers", [])
    if unknown or not isinstance(entries, list):
        return Waivers((), (f"{path.name} may hold [[waivers]] only, not {', '.join(unknown) or 'a table'}.",), ())
    valid: list[Waiver] = []
    errors: list[str] = []
    warnings: list[str] = []
    for number, entry in enumerate(entries, start=1):
        fault = _fault(entry, declaration, today, {waiver.check for waiver in valid})
        if fault:
            errors.append(f"{path.name}, waiver {number}: {fault}.")
            continue
        waiver = Waiver(*(entry[field] for field in FIELDS))
        valid.append(waiver)
        if waiver.expires - today <= SOON:
            warnings.append(f"The waiver of {waiver.check} expires on {waiver.expires}.")
    return Waivers(tuple(valid), tuple(errors), tuple(warnings))


def _fault(entry: Any, declaration: Declaration, today: dt.date, granted: set[str]) -> str:
    if not isinstance(entry, dict) or sorted(entry) != sorted(FIELDS):
        return f"it needs exactly {', '.join(FIELDS)}"
    check = declaration.check(str(entry["check"]))
    if check is None:
        return f"{entry['check']} is not a required check"
    blank = [field for field in ("reason", "approver") if not str(entry[field]).strip()]
    if blank or not all(isinstance(entry[field], str) for field in ("reason", "approver")):
        return f"{check.id} has no {' and no '.join(blank) or 'usable reason or approver'}"
    if type(entry["expires"]) is not dt.date:
        return f"{check.id}: expires must be a date such as 2026-12-31"
    if entry["expires"] < today:
        return f"{check.id} expired on {entry['expires']}"
    if check.id in granted:
        return f"{check.id} is waived twice"
    criterion = next(one for one in declaration.criteria if one.id == check.criterion)
    return (
        "" if criterion.waivable else f"{check.id} belongs to {criterion.id} {criterion.title}, which cannot be waived"
    )
