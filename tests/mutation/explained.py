"""Mutants that no test kills, each with the reason, and the comparison with those of a run."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import msgspec

from tests.mutation.running import Mutant

FILE = Path(__file__).parent / "explained.toml"
ALIKE = ("module", "function", "before", "after")


class Explained(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A mutant that is not killed. before, after: the changed lines, without indentation. why: no test can see it."""

    module: str
    function: str
    before: str
    after: str
    why: str


@cache
def explained() -> tuple[Explained, ...]:
    """The explained mutants, in the order of the file."""
    return tuple(msgspec.convert(tomllib.loads(FILE.read_text(encoding="utf-8"))["mutants"], list[Explained]))


def complaints(mutants: Iterable[Mutant], known: Iterable[Explained]) -> list[str]:
    """A sentence for each mutant that is neither killed nor explained, and for each explained one that is gone."""
    left = Counter(_key(mutant) for mutant in mutants if mutant.status != "killed")
    reasons = Counter(_key(one) for one in known)
    unexplained = [f"Not killed and not explained:\n{_entry(key)}" for key in (left - reasons).elements()]
    return unexplained + [f"Explained, and killed or gone:\n{_entry(key)}" for key in (reasons - left).elements()]


def _key(one: Mutant | Explained) -> tuple[str, ...]:
    return tuple(getattr(one, name) for name in ALIKE)


def _entry(key: tuple[str, ...]) -> str:
    """The entry of tests/mutation/explained.toml, but for its reason."""
    lines = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in zip(ALIKE, key, strict=True)]
    return "\n".join(["[[mutants]]", *lines, 'why = ""'])
