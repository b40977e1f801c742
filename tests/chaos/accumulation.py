"""Adds up the figures of several calls of the campaign, where they struck the same code on the same machine."""

from __future__ import annotations

import hashlib
import statistics
import subprocess
from collections.abc import Iterable
from pathlib import Path

import msgspec

from tests.chaos.figures import COUNTED, Figures, KindRow
from tests.chaos.kinds import KINDS
from tests.faults.catalogue import ROOT

STRUCK = ("app", "migrations", "requirements.lock", "tests/chaos")
"""The files that a campaign runs; a commit that changes none of them changes no figure."""


class Code(msgspec.Struct, frozen=True):
    """The code that a campaign strikes. digest: of the files of STRUCK; empty where they are not the commit's."""

    commit: str = ""
    digest: str = ""


def code_of(root: Path = ROOT) -> Code:
    """The code of a checkout."""

    def asked(*arguments: str) -> str:
        command = ["git", "-C", str(root), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    try:
        if asked("status", "--porcelain", "--", *STRUCK):
            return Code()
        digest = hashlib.sha256(asked("ls-tree", "HEAD", "--", *STRUCK).encode()).hexdigest()
        return Code(asked("rev-parse", "--short=8", "HEAD").strip(), digest)
    except (OSError, subprocess.CalledProcessError):
        return Code()


def continued(before: Figures, code: Code, machine: str, seed: str | None) -> Figures | None:
    """The figures that a call goes on from; None where they are those of another code, machine or seed."""
    same = (before.digest, before.machine) == (code.digest, machine) and seed in (None, before.seed)
    return before if same and code.digest else None


def joined(before: Figures | None, now: Figures) -> Figures:
    """The figures of both calls as one; a part that the second one left out is the first one's."""
    if before is None:
        return now
    return msgspec.structs.replace(
        before,
        took_s=round(before.took_s + now.took_s, 1),
        calls=before.calls + now.calls,
        kinds=tuple(row for kind in KINDS if (row := row_of_both(kind, (*before.kinds, *now.kinds))) is not None),
        publications=now.publications or before.publications,
        plants=now.plants or before.plants,
    )


def row_of_both(kind: str, rows: Iterable[KindRow]) -> KindRow | None:
    """One row for all rows of a kind; None without any."""
    mine = [row for row in rows if row.kind == kind]
    if len(mine) < 2:
        return mine[0] if mine else None
    ratios = tuple(ratio for row in mine for ratio in row.ratios)
    return msgspec.structs.replace(
        mine[0],
        **{name: sum(getattr(row, name) for row in mine) for name in COUNTED},
        ratios=ratios,
        ratio_median=round(statistics.median(ratios), 2),
        ratio_worst=max(ratios),
        words=tuple(word for row in mine for word in row.words),
    )
