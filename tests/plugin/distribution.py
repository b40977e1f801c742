"""A wheel built from the checkout without an index, and an environment that holds nothing else."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.wheel import WheelBuilder

REPOSITORY = Path(__file__).parents[2]
PROJECT = REPOSITORY / "release_gate"
UNREACHABLE = re.compile(r"error sending request|dns error|Connection refused|Network connectivity")


class NoInstallerError(Exception):
    """There is no uv here, or it reaches no package index."""


def declared(folder: Path) -> dict[str, Any]:
    """The [project] table of the pyproject.toml in this folder."""
    table: dict[str, Any] = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return table


def built(folder: Path, project: Path = PROJECT) -> Path:
    """The wheel of the project in this folder."""
    (wheel,) = WheelBuilder(str(project)).build(directory=str(folder), versions=["standard"])
    return Path(wheel)


def installed_alone(wheel: Path, folder: Path) -> Path:
    """An environment with this wheel and its dependencies, in the lock's versions. Raises NoInstallerError."""
    if find_spec("uv") is None:
        raise NoInstallerError("this environment has no uv.")
    pinned = re.findall(r"^[A-Za-z0-9._-]+==[^\n\\]+", (REPOSITORY / "requirements.lock").read_text("utf-8"), re.M)
    constraints = folder.with_name("constraints.txt")
    constraints.write_text("\n".join(pinned) + "\n", encoding="utf-8")
    uv("venv", "--python", sys.executable, str(folder))
    uv("pip", "install", "--python", str(folder / "bin" / "python"), "-c", str(constraints), str(wheel))
    return folder


def uv(*arguments: str) -> None:
    """Run uv. Raises NoInstallerError where no package index can be reached."""
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}
    command = [sys.executable, "-m", "uv", "--quiet", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode and UNREACHABLE.search(done.stdout + done.stderr):
        raise NoInstallerError(done.stderr.strip().splitlines()[-1])
    assert done.returncode == 0, done.stdout + done.stderr
