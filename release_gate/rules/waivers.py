"""Waivers: known failures that a person has accepted until a day. A doubtful entry makes the run MISCONFIGURED."""

from __future__ import annotations

import datetime as dt
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from release_gate.rules.declaration import Declaration
from release_gate.rules.model import Waiver
from release_gate.rules.positions import line_of

SOON = dt.timedelta(days=7)
FIELDS = ("check", "reason", "approver", "expires")


@dataclass(frozen=True, slots=True)
class Waivers:
    """The waivers of the file. errors: each makes the run MISCONFIGURED. warnings: shown."""

    valid: tuple[Waiver, ...]
    errors: tuple[str, ...]
    warnings: tuple[str, ...]


def load_waivers(path: Path, declaration: Declaration, today: dt.date) -> Waivers:
    """The waivers in `path` ([[waivers]] with check, reason, approver, expires); none without a file."""
    try:
        text = path.read_text(encoding="utf-8-sig")
        table = tomllib.loads(text)
    except FileNotFoundError:
        return Waivers((), (f"{path.name} is a link to nothing.",) if path.is_symlink() else (), ())
    except (OSError, ValueError, RecursionError) as error:
        return Waivers((), (f"{path.name} cannot be read: {error}.",), ())
    entries = table.get("waivers", [])
    unknown = sorted(table.keys() - {"waivers"})
    if unknown or not isinstance(entries, list):
        where = _where(path, text, (unknown or ["waivers"])[0])
        return Waivers((), (f"{where}: it may hold [[waivers]] only, not {', '.join(unknown) or 'a table'}.",), ())
    valid: list[Waiver] = []
    errors: list[str] = []
    warnings: list[str] = []
    for index, entry in enumerate(entries):
        fault = _fault(entry, declaration, today, {waiver.check for waiver in valid})
        if fault:
            errors.append(f"{_where(path, text, 'waivers', index)}, waiver {index + 1}: {fault}.")
            continue
        waiver = Waiver(*(entry[field] for field in FIELDS))
        valid.append(waiver)
        if waiver.expires - today <= SOON:
            warnings.append(f"The waiver of {waiver.check} expires on {waiver.expires}.")
    return Waivers(tuple(valid), tuple(errors), tuple(warnings))


def _where(path: Path, text: str, *place: str | int) -> str:
    line = line_of(text, place)
    return f"{path.name}, line {line}" if line else path.name


def _fault(entry: Any, declaration: Declaration, today: dt.date, granted: set[str]) -> str:
    """Return the reason for which an entry is invalid; empty if it is valid."""
    if not isinstance(entry, dict) or sorted(entry) != sorted(FIELDS):
        surplus = sorted(entry.keys() - set(FIELDS)) if isinstance(entry, dict) else []
        unknown = f", not {', '.join(surplus)}" if surplus else ""
        return f"it needs exactly {', '.join(FIELDS)}{unknown}"
    check = declaration.check(entry["check"]) if isinstance(entry["check"], str) else None
    if check is None:
        return f"{entry['check']} is not a required check"
    for name in ("reason", "approver"):
        value = entry[name]
        if not isinstance(value, str) or not _says_something(value):
            return f"{check.id}: {name} must be a text that says something"
    if type(entry["expires"]) is not dt.date:
        return f"{check.id}: expires must be a date such as 2026-12-31, without quotes and without a time"
    if entry["expires"] < today:
        return f"{check.id} expired on {entry['expires']}"
    if check.id in granted:
        return f"{check.id} is waived twice"
    criterion = next(one for one in declaration.criteria if one.id == check.criterion)
    return (
        "" if criterion.waivable else f"{check.id} belongs to {criterion.id} {criterion.title}, which cannot be waived"
    )


def _says_something(text: str) -> bool:
    """True if a text contains visible characters."""
    return any(sign.isalnum() for sign in text)
