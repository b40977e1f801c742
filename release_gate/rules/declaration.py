"""The project's requirements, from `[tool.release_gate]` of its pyproject.toml or the file that this names."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from typing import Any

from release_gate.rules.declared import (
    DeclaredCheck,
    DeclaredCriterion,
    DeclaredGate,
    FormError,
    Place,
    entry_at,
    formed,
    quoted_dates,
)
from release_gate.rules.model import Check, Criterion, Seal
from release_gate.rules.named_files import faults_of_files, within
from release_gate.rules.positions import line_of
from release_gate.rules.refused_options import faults_of_options

PYPROJECT = "pyproject.toml"
TABLE: Place = ("tool", "release_gate")
DECLARED_IN = "declaration"
"""The key of [tool.release_gate] that names the declaration's file, if it is not pyproject.toml itself."""


class DeclarationError(Exception):
    """The declaration is invalid; the message is one sentence. No run begins."""

    code = "BAD_DECLARATION"


@dataclass(frozen=True, slots=True)
class Declaration:
    """The required checks, and where the gate reads and writes.

    root: the project's folder; every other path is relative to it. paths: where the checks' tests lie.
    artefacts: files that must lie in the run folder when it is sealed. schemas: JSON Schema by artefact.
    allowed_options: options, settings and `-p` arguments that change no check, beside those of the gate's own list.
    generated: patterns of ignored files that a tool makes and that may be imported although no commit has them.
    setup: the command that makes the project's environment (`.venv`), shown when it is missing.
    language_variable: the project's own environment variable that names the language of sentences for people.
    timeout_s: for the whole run, from its start to its seal. declared_in: the file that it stands in.
    """

    root: Path
    title: str
    marker: str
    runs_dir: Path
    docs_dir: Path
    waivers: Path
    lock: str | None
    paths: tuple[str, ...]
    categories: tuple[str, ...]
    artefacts: tuple[str, ...]
    schemas: Mapping[str, str]
    criteria: tuple[Criterion, ...]
    checks: tuple[Check, ...]
    allowed_options: tuple[str, ...]
    setup: str
    timeout_s: float | None
    generated: tuple[str, ...]
    language_variable: str
    declared_in: str = field(compare=False)
    form: DeclaredGate = field(repr=False)
    raw: Mapping[str, Any] = field(repr=False)
    by_id: Mapping[str, Check] = field(repr=False)

    def check(self, identity: str) -> Check | None:
        """The required check of this id, if there is one."""
        return self.by_id.get(identity)


@dataclass(frozen=True, slots=True)
class _Source:
    """A file with a declaration. within: the table that holds it."""

    name: str
    text: str
    within: Place

    def fault(self, error: FormError, table: Mapping[str, Any]) -> DeclarationError:
        """The error with file, line and entry named."""
        line = line_of(self.text, (*self.within, *error.place))
        where = f"{self.name}, line {line}" if line else self.name
        return DeclarationError(_sentence(where, error, table))


def load(root: Path) -> Declaration | None:
    """The declaration of the project at `root`; None when it has none. Raises DeclarationError."""
    path = root / PYPROJECT
    if not path.exists():
        return None
    text, document = _toml(path)
    table = _own_table(document)
    if table is None:
        return None
    source = _Source(PYPROJECT, text, TABLE)
    if DECLARED_IN in table:
        source, table = _elsewhere(root, source, table)
    try:
        declaration = _parsed(table, root, source.name)
        fault = next(chain(quoted_dates(table), faults_of_files(declaration.form, root)), None)
        if fault is not None:
            raise fault
    except FormError as error:
        raise source.fault(error, table) from error
    return declaration


def parse(table: Mapping[str, Any], root: Path) -> Declaration:
    """A declaration from its table. Raises DeclarationError naming the invalid entry."""
    try:
        return _parsed(table, root)
    except FormError as error:
        raise DeclarationError(_sentence("[tool.release_gate]", error, table)) from error


def _own_table(document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    tools = document.get("tool", {})
    if not isinstance(tools, dict):
        return None
    misspelt = [name for name in tools if name.lower().replace("-", "_") == TABLE[1] and name != TABLE[1]]
    if misspelt:
        raise DeclarationError(f"{PYPROJECT}: [tool.{misspelt[0]}] is unknown; write [tool.release_gate].")
    table = tools.get(TABLE[1])
    if table is not None and not isinstance(table, dict):
        raise DeclarationError(f"{PYPROJECT}: tool.release_gate must be a table.")
    return table


def _elsewhere(root: Path, source: _Source, table: Mapping[str, Any]) -> tuple[_Source, Mapping[str, Any]]:
    """The file that `declaration` names; it then contains the whole declaration."""
    name = table[DECLARED_IN]
    if not isinstance(name, str) or not within(root, name) or not (root / name).is_file():
        error = FormError((DECLARED_IN,), "the declaration must be a file within the project.")
        raise source.fault(error, table)
    others = sorted(table.keys() - {DECLARED_IN})
    if others:
        raise source.fault(FormError((others[0],), f"{', '.join(others)} belong into {name}."), table)
    text, declared = _toml(root / name)
    return _Source(name, text, ()), declared


def _toml(path: Path) -> tuple[str, dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
        return text, tomllib.loads(text)
    except UnicodeDecodeError as error:
        raise DeclarationError(f"{path} is not UTF-8: save it as UTF-8.") from error
    except (OSError, ValueError, RecursionError) as error:
        raise DeclarationError(f"{path} cannot be read: {error}.") from error


def _sentence(where: str, error: FormError, table: Mapping[str, Any]) -> str:
    """`release_gate.toml, line 7, checks[0] (A1), fix: expected a list, found "x".`"""
    entries, *keys = error.place or ("",)
    parts = [where]
    if entries in ("criteria", "checks") and keys and isinstance(keys[0], int):
        identity = entry_at(table, (entries, keys[0], "id"))
        parts.append(f"{entries}[{keys.pop(0)}]" + (f" ({identity})" if isinstance(identity, str) else ""))
    elif entries:
        parts.append(str(entries))
    parts += [str(key) if isinstance(key, str) else f"entry {key + 1}" for key in keys]
    shown = f"{', '.join(parts)}: {error.what}"
    return "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in shown)


def _parsed(table: Mapping[str, Any], root: Path, name: str = PYPROJECT) -> Declaration:
    form = formed(table, DeclaredGate)
    fault = next(_faults(form), None)
    if fault is not None:
        raise fault
    sealing = {_criterion_of(entry) for entry in form.checks if entry.seals}
    checks = tuple(_check(entry) for entry in form.checks)
    return Declaration(
        root=root,
        title=form.title or root.name,
        marker=form.marker,
        runs_dir=root / form.runs_dir,
        docs_dir=root / form.docs_dir,
        waivers=root / form.waivers,
        lock=form.lock,
        paths=tuple(form.paths),
        categories=tuple(form.categories) or tuple(dict.fromkeys(check.category for check in checks)),
        artefacts=tuple(form.artefacts),
        schemas=dict(form.schemas),
        criteria=tuple(
            Criterion(one.id, one.title, one.waivable, one.id in sealing if one.always is None else one.always)
            for one in form.criteria
        ),
        checks=checks,
        allowed_options=tuple(form.allowed_options),
        setup=form.setup or "",
        timeout_s=form.timeout_s,
        generated=tuple(form.generated),
        language_variable=form.language_variable or "",
        declared_in=name,
        form=form,
        raw=dict(table),
        by_id={check.id: check for check in checks},
    )


def _check(entry: DeclaredCheck) -> Check:
    return Check(
        id=entry.id,
        criterion=_criterion_of(entry),
        title=entry.title,
        category=entry.category,
        fix=tuple(entry.fix),
        acceptance=entry.acceptance,
        critical=entry.critical,
        seals=entry.seals,
        timeout_s=entry.timeout_s,
        trial_until=entry.trial_until,
        remeasure=entry.remeasure,
    )


def _faults_of_trial(index: int, check: DeclaredCheck) -> Iterator[FormError]:
    """A trial has an end, and a check on trial decides nothing, so nothing may depend on it."""
    if check.trial and check.trial_until is None:
        yield FormError(("checks", index, "trial"), "a trial needs its last day, such as trial_until = 2027-01-31.")
    if check.trial_until is not None and not check.trial:
        yield FormError(("checks", index, "trial_until"), "trial_until says nothing without trial = true.")
    if check.trial and (check.critical or check.seals):
        key = "critical" if check.critical else "seals"
        yield FormError(("checks", index, key), f"a check on trial decides nothing, so it can have no {key}.")
    if check.remeasure and check.seals:
        yield FormError(("checks", index, "remeasure"), "a check that seals measures nothing.")


def _criterion_of(entry: DeclaredCheck) -> str:
    return entry.criterion or entry.id[0]


def _faults(form: DeclaredGate) -> Iterator[FormError]:
    """Faults beyond types: duplicate names, checks and criteria without each other, rules that no check decides."""
    yield from _twice("criteria", form.criteria)
    yield from _twice("checks", form.checks)
    for key in ("paths", "categories", "artefacts", "allowed_options", "generated"):
        names: list[str] = getattr(form, key)
        for index, name in enumerate(names):
            if name in names[:index]:
                yield FormError((key, index), f'"{name}" is named twice.')
    for index, what in faults_of_options(form.allowed_options):
        yield FormError(("allowed_options", index), what)
    known = [criterion.id for criterion in form.criteria]
    for index, check in enumerate(form.checks):
        yield from _faults_of_trial(index, check)
        if _criterion_of(check) not in known:
            named_by = "criterion" if check.criterion else "id"
            what = f'the criterion "{_criterion_of(check)}" is not declared; there are {", ".join(known)}.'
            yield FormError(("checks", index, named_by), what)
        if form.categories and check.category not in form.categories:
            what = f'the category "{check.category}" is not one of {", ".join(form.categories)}.'
            yield FormError(("checks", index, "category"), what)
    used = {_criterion_of(check) for check in form.checks}
    for index, criterion in enumerate(form.criteria):
        if criterion.id not in used:
            yield FormError(("criteria", index, "id"), "no check belongs to this criterion, so it would prove nothing.")
    yield from _seals(form)


def _twice(kind: str, entries: Sequence[DeclaredCheck | DeclaredCriterion]) -> Iterator[FormError]:
    """Ids that differ only in case are refused, because readers confuse them."""
    seen: dict[str, str] = {}
    for index, entry in enumerate(entries):
        before = seen.setdefault(entry.id.casefold(), entry.id)
        if before == entry.id and index != [one.id for one in entries].index(entry.id):
            yield FormError((kind, index, "id"), f'"{entry.id}" is declared twice.')
        elif before != entry.id:
            yield FormError((kind, index, "id"), f'"{entry.id}" differs from "{before}" in nothing but capitals.')


def _seals(form: DeclaredGate) -> Iterator[FormError]:
    """At most one check decides a rule; exactly one does if the declaration gives the rule something to decide."""
    for seal in Seal:
        places = [index for index, check in enumerate(form.checks) if check.seals is seal]
        if len(places) > 1:
            ids = ", ".join(form.checks[index].id for index in places)
            what = f'{ids}: one check alone may have seals = "{seal.value}".'
            yield FormError(("checks", places[1], "seals"), what)
        if seal in (Seal.ARTEFACTS, Seal.SCHEMAS) and getattr(form, seal.value) and not places:
            what = f'{seal.value} are declared, and no check has seals = "{seal.value}", so nobody would look at them.'
            yield FormError((seal.value,), what)
