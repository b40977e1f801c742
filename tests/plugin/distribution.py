"""The wheel of pytest-release-gate, built without an index, and an environment that holds nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
import venv
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.wheel import WheelBuilder

REPOSITORY = Path(__file__).parents[2]
PROJECT = REPOSITORY / "release_gate"
UNREACHABLE = re.compile(r"Retrying \(Retry|Failed to establish a new connection|Temporary failure in name resolution")


class NoInstallerError(Exception):
    """There is no pip here, or it reaches no package index."""


def declared(folder: Path) -> dict[str, Any]:
    """The [project] table of the pyproject.toml in this folder."""
    table: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def built(folder: Path) -> Path:
    """The wheel, in this folder."""
    (wheel,) = WheelBuilder(str(PROJECT)).build(directory=str(folder), versions=["standard"])
    return Path(wheel)


def installed_alone(wheel: Path, folder: Path) -> Path:
    """An environment with this wheel and its dependencies, in the lock's versions. Raises NoInstallerError."""
    if find_spec("pip") is None:
        raise NoInstallerError("this environment has no pip.")
    versions = re.findall(r"^[A-Za-z0-9._-]+==[^\s\\;]+", (REPOSITORY / "requirements.lock").read_text("utf-8"), re.M)
    constraints = folder.with_name("constraints.txt")
    constraints.write_text("\n".join(versions) + "\n", encoding="utf-8")
    venv.create(folder)
    # The pip of this environment installs into that one, which needs none of its own.
    command = [sys.executable, "-m", "pip", "--python", str(folder), "install", "-c", str(constraints), str(wheel)]
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode and UNREACHABLE.search(done.stdout + done.stderr):
        raise NoInstallerError(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
