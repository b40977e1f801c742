"""What the project requires, from `[tool.release_gate]` of its pyproject.toml or the file that this names."""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from release_gate.rules.model import Check, Criterion, Seal

PYPROJECT = "pyproject.toml"
DECLARED_IN = "declaration"
"""The key of [tool.release_gate] that names the file with the declaration, where that is not pyproject.toml itself."""


class DeclarationError(Exception):
    """The declaration cannot be used; one sentence says why. The run is MISCONFIGURED."""

    code = "BAD_DECLARATION"


@dataclass(frozen=True, slots=True)
class Declaration:
    """The required checks, and where the gate reads and writes.

    root: the project's folder; every other path is relative to it. paths: where the checks' tests lie.
    artefacts: files that must lie in the run folder when it is sealed. schemas: JSON Schema by artefact.
    allowed_options: options, settings and `-p` arguments that change no check, beside those that the gate knows.
    setup: the command that makes the project's environment (`.venv`), for whoever starts the gate without it.
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
    raw: Mapping[str, Any] = field(repr=False)
    by_id: Mapping[str, Check] = field(repr=False)

    def check(self, identity: str) -> Check | None:
        """The required check of this id, if there is one."""
        return self.by_id.get(identity)

    def place(self, identity: str) -> int:
        """Where a criterion stands in the order of the run; unknown ones come last."""
        order = [criterion.id for criterion in self.criteria]
        return order.index(identity) if identity in order else len(order)


def load(root: Path) -> Declaration | None:
    """The declaration of the project at `root`; None when it has none. Raises DeclarationError."""
    path = root / PYPROJECT
    if not path.exists():
        return None
    table = _toml(path).get("tool", {}).get("release_gate")
    if table is None:
        return None
    if DECLARED_IN in table:
        table = _elsewhere(table, root)
    return parse(table, root)


def _elsewhere(table: Mapping[str, Any], root: Path) -> Mapping[str, Any]:
    """The table of the file that `declaration` names; it then declares all."""
    others = sorted(table.keys() - {DECLARED_IN})
    if others:
        name = table[DECLARED_IN]
        raise DeclarationError(f"{PYPROJECT}, [tool.release_gate]: {', '.join(others)} belong into {name}.")
    return _toml(root / str(table[DECLARED_IN]))


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DeclarationError(f"{path} cannot be read: {error}") from error


def parse(table: Mapping[str, Any], root: Path) -> Declaration:
    """A declaration from its table. Raises DeclarationError naming the entry that is wrong."""
    try:
        sealed_in = {_criterion_of(entry) for entry in table["checks"] if "seals" in entry}
        criteria = tuple(
            Criterion(
                entry["id"],
                entry["title"],
                entry.get("waivable", True),
                entry.get("always", entry["id"] in sealed_in),
            )
            for entry in table["criteria"]
        )
        checks = tuple(_check(entry) for entry in table["checks"])
    except (KeyError, TypeError, AttributeError) as error:
        raise DeclarationError(f"[tool.release_gate]: a criterion or check lacks {error}.") from error
    _require_sound(criteria, checks)
    _require_seals(table, checks)
    docs_dir = root / table.get("docs_dir", "docs")
    return Declaration(
        root=root,
        title=table.get("title", root.name),
        marker=table.get("marker", "release"),
        runs_dir=root / table.get("runs_dir", "docs/_runs"),
        docs_dir=docs_dir,
        waivers=root / table.get("waivers", "docs/release_waivers.toml"),
        lock=table.get("lock"),
        paths=tuple(table.get("paths", ())),
        categories=tuple(table.get("categories", ())) or tuple(dict.fromkeys(check.category for check in checks)),
        artefacts=tuple(table.get("artefacts", ())),
        schemas=dict(table.get("schemas", {})),
        criteria=criteria,
        checks=checks,
        allowed_options=tuple(table.get("allowed_options", ())),
        setup=table.get("setup", ""),
        raw=dict(table),
        by_id={check.id: check for check in checks},
    )


def _check(entry: Mapping[str, Any]) -> Check:
    return Check(
        id=entry["id"],
        criterion=_criterion_of(entry),
        title=entry["title"],
        category=entry["category"],
        fix=tuple(entry["fix"]),
        acceptance=entry["acceptance"],
        critical=entry.get("critical", False),
        seals=_seal(entry),
    )


def _criterion_of(entry: Mapping[str, Any]) -> str:
    return str(entry.get("criterion", entry["id"][0]))


def _seal(entry: Mapping[str, Any]) -> Seal | None:
    if "seals" not in entry and "sealed" not in entry:
        return None
    named = entry.get("seals")
    if named not in list(Seal):
        what = f'seals = "{named}" is no rule' if "seals" in entry else "a sealed check must name its rule"
        rules = ", ".join(f'seals = "{seal.value}"' for seal in Seal)
        raise DeclarationError(f"[tool.release_gate]: {entry['id']}: {what}; there are {rules}.")
    return Seal(named)


def _require_sound(criteria: tuple[Criterion, ...], checks: tuple[Check, ...]) -> None:
    for kind, names in (("criterion", [c.id for c in criteria]), ("check", [c.id for c in checks])):
        twice = sorted(name for name, count in Counter(names).items() if count > 1)
        if twice:
            raise DeclarationError(f"[tool.release_gate]: {kind} {', '.join(twice)} is declared twice.")
    known = {criterion.id for criterion in criteria}
    homeless = [check.id for check in checks if check.criterion not in known]
    if homeless:
        raise DeclarationError(f"[tool.release_gate]: {', '.join(homeless)} belong to no declared criterion.")
    if not checks:
        raise DeclarationError("[tool.release_gate]: no check is declared, so nothing could be proven.")
    vague = [check.id for check in checks if not (check.fix and check.acceptance and check.category)]
    if vague:
        raise DeclarationError(f"[tool.release_gate]: {', '.join(vague)} lack category, fix or acceptance.")


def _require_seals(table: Mapping[str, Any], checks: tuple[Check, ...]) -> None:
    """A rule is decided once, and by some check wherever the declaration gives it something to decide."""
    by_rule = {seal: [check.id for check in checks if check.seals is seal] for seal in Seal}
    for seal, sealing in by_rule.items():
        if len(sealing) > 1:
            raise DeclarationError(
                f'[tool.release_gate]: {", ".join(sealing)}: one check alone may have seals = "{seal.value}".'
            )
    for seal in (Seal.ARTEFACTS, Seal.SCHEMAS):
        if table.get(seal.value) and not by_rule[seal]:
            raise DeclarationError(
                f'[tool.release_gate]: {seal.value} are declared, and no check has seals = "{seal.value}", '
                "so nobody would look at them."
            )
