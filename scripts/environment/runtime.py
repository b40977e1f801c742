"""`python runtime.py pyproject.toml`: the installed packages that the running backend does not need, one a line.

The lock holds the tools of development too; an image for production removes what this lists.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, distribution, distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def needed(requirements: Iterable[str]) -> set[str]:
    """The packages that these requirements lead to, by what the installed ones declare, in normal form."""
    reached: set[tuple[str, str]] = set()
    waiting = [Requirement(text) for text in requirements]
    while waiting:
        wanted = waiting.pop()
        for extra in ("", *wanted.extras):
            node = (canonicalize_name(wanted.name), extra)
            if node in reached:
                continue
            try:
                declared = [Requirement(text) for text in distribution(wanted.name).requires or ()]
            except PackageNotFoundError:
                continue
            reached.add(node)
            waiting += [one for one in declared if one.marker is None or one.marker.evaluate({"extra": extra})]
    return {name for name, _ in reached}


def surplus(pyproject: Path) -> list[str]:
    """The installed packages beyond the project's own dependencies; pip itself is among them."""
    with pyproject.open("rb") as stream:
        kept = needed(tomllib.load(stream)["project"]["dependencies"])
    return sorted({canonicalize_name(found.name) for found in distributions()} - kept)


if __name__ == "__main__":
    sys.stdout.write("\n".join(surplus(Path(sys.argv[1]))) + "\n")
