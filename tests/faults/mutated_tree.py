"""A copy of the tree with a fault in it. The tree itself is never touched."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.faults.catalogue import ROOT, Fault, FaultError


@contextmanager
def mutated_tree(faults: Sequence[Fault]) -> Iterator[Path]:
    """A copy of the files that git tracks or would add, with the faults applied; removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="proof_") as folder:
        copy = Path(folder) / "tree"
        for name in tree_files():
            source, target = ROOT / name, copy / name
            if source.is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(source, target)
        for fault in faults:
            apply(fault, copy)
        committed(copy)
        yield copy


def committed(tree: Path) -> None:
    """Make the copy a checkout of its own, so that it has a commit and is clean."""
    identity = ("-c", "user.name=proof", "-c", "user.email=proof@localhost.invalid", "-c", "commit.gpgsign=false")
    for arguments in (("init", "-q"), ("add", "-A"), (*identity, "commit", "-q", "-m", "A tree with a fault")):
        subprocess.run(["git", *arguments], cwd=tree, check=True, capture_output=True)


def tree_files() -> list[str]:
    """The files of the working tree that git tracks or does not ignore."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [name for name in listed.stdout.split("\0") if name]


def apply(fault: Fault, tree: Path) -> None:
    """Make the fault's changes. Raises FaultError when a text is not there exactly once."""
    for edit in fault.edits:
        path = tree / edit.file
        before = path.read_text(encoding="utf-8") if path.is_file() else ""
        if (count := before.count(edit.search)) != 1:
            raise FaultError(
                f"{fault.id}: {edit.file} holds the text to replace {count} times, not once; the code has changed, so "
                f"change `search` in tests/faults/planted as well: {edit.search[:80]!r}"
            )
        path.write_text(before.replace(edit.search, edit.replace), encoding="utf-8")
    for new in fault.files:
        path = tree / new.file
        if path.exists():
            raise FaultError(f"{fault.id}: {new.file} is there already")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(new.text, encoding="utf-8")
    for name in fault.removes:
        (tree / name).unlink()
