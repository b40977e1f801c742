"""The reporters to compare with, in an environment of their own that sees this one's pytest."""

from __future__ import annotations

import json
import subprocess
import sys
import sysconfig
from collections.abc import Iterable
from pathlib import Path

PINS = Path(__file__).with_name("reporters.txt")
SHARED = ("pytest", "pytest-xdist", "pytest-benchmark", "pytest-metadata")
"""Packages that the reporters' environment takes from this one."""
VERSIONS = """
import json, sys
from importlib.metadata import PackageNotFoundError, version
found = {}
for name in sys.argv[1:]:
    try:
        found[name] = version(name)
    except PackageNotFoundError:
        found[name] = None
print(json.dumps(found))
"""


class NotAvailable(Exception):
    """The reporters cannot be had; one sentence says why and what to do."""


def pinned() -> dict[str, str]:
    """The version of each reporter."""
    return dict(line.split("==") for line in PINS.read_text(encoding="utf-8").split())


def versions(python: Path, names: Iterable[str]) -> dict[str, str | None]:
    """The versions of the distributions that the interpreter has. Raises NotAvailable when it cannot be started."""
    try:
        done = subprocess.run([python, "-c", VERSIONS, *names], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotAvailable(f"{python} cannot be used as a Python: {error}.") from error
    found: dict[str, str | None] = json.loads(done.stdout)
    return found


def checked(python: Path) -> dict[str, str | None]:
    """The versions that it has of every reporter and of what they share. Raises NotAvailable if one is wrong."""
    wanted = pinned()
    found = versions(python, [*SHARED, *wanted])
    lacking = [f"{name}=={version}" for name, version in wanted.items() if found[name] != version]
    lacking += [name for name in SHARED if found[name] is None]
    if lacking:
        raise NotAvailable(f"{python} lacks {', '.join(lacking)}: {python} -m pip install {' '.join(lacking)}")
    return found


def thrown_away(folder: Path) -> Path:
    """An interpreter of a new environment in `folder`: the reporters, over the packages of this one.

    Raises NotAvailable when the package index does not give them.
    """
    python = folder / "bin" / "python"
    install = [str(python), "-m", "pip", "install", "--quiet", "--no-deps", "--requirement", str(PINS)]
    for command in ([sys.executable, "-m", "venv", str(folder)], install):
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            last = " ".join(done.stderr.strip().splitlines()[-1:])
            raise NotAvailable(
                f"The reporters could not be installed ({last}): make the package index reachable, or give --python "
                f"an interpreter that has what {PINS} names."
            )
    (purelib,) = folder.glob("lib/python*/site-packages")
    (purelib / "project.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")
    return python
