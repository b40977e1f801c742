"""Probes of the machine: settings, packages, git, disk, Docker."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

from app.config import load_settings
from app.plants.exposed_passwords import exposed_passwords
from app.triage.examined import examined_settings
from app.triage.probe import Probe

LOCK = Path("requirements.lock")
PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)([^\\\n]*)", re.MULTILINE)
MB = 1_000_000
LEAST_FREE_MB = 200
NAMED_PACKAGES = 5


def broken_settings() -> Iterator[str]:
    """Raises InvalidSettings, whose sentence is the cause."""
    examined_settings()
    yield from ()


def passwords_for_everybody() -> Iterator[str]:
    """The file of the plants holds passwords, and everybody can read it."""
    warning = exposed_passwords(load_settings().plants_path)
    if warning is not None:
        yield warning


def foreign_packages() -> Iterator[str]:
    """Packages that are not what the lock says; one with a marker may be missing."""
    installed = {normal(found.name): found.version for found in distributions()}
    pinned: dict[str, list[str]] = {}
    for name, version, marker in PINNED.findall(LOCK.read_text(encoding="utf-8")):
        pinned.setdefault(normal(name), []).append(version if ";" not in marker else f"{version} where needed")
    differing = []
    for name, versions in pinned.items():
        allowed = [version.partition(" ")[0] for version in versions]
        found = installed.get(name)
        if found not in allowed and not (found is None and allowed != versions):
            differing.append(f"{name} {found or 'missing'} instead of {' or '.join(versions)}")
    if differing:
        more = len(differing) - NAMED_PACKAGES
        named = ", ".join(differing[:NAMED_PACKAGES]) + (f" and {more} more" if more > 0 else "")
        yield f"{len(differing)} installed packages differ from {LOCK}: {named}"


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def missing_git() -> Iterator[str]:
    """A result names its commit: without git only a CI variable can supply it."""
    if shutil.which("git", path=os.defpath) is None:
        yield f"git is not installed (looked in {os.defpath})"
    elif not Path(".git").exists():
        yield f"{Path.cwd()} is no git checkout, so a result cannot name its commit"


def unusable_folders() -> Iterator[str]:
    """Folders of the steps that cannot be written, or have no room."""
    local = Path(os.environ.get("LOCAL_DIR") or ".local")
    for folder in (Path("docs"), local, Path(tempfile.gettempdir())):
        existing = next(step for step in (folder.absolute(), *folder.absolute().parents) if step.exists())
        if not existing.is_dir():
            yield f"{existing} is a file, and {folder} must be a folder"
        elif not is_writable(existing):
            yield f"{existing} cannot be written"
        elif (free_mb := shutil.disk_usage(existing).free // MB) < LEAST_FREE_MB:
            yield f"{existing} has {free_mb} MB free, and {LEAST_FREE_MB} MB are needed"


def is_writable(folder: Path) -> bool:
    """True if a file can be created in the folder; permissions alone are not enough (root, read-only mounts)."""
    try:
        with tempfile.TemporaryFile(dir=folder):
            return True
    except OSError:
        return False


def no_docker_engine() -> Iterator[str]:
    """No Docker engine answers within two seconds; yields the reason."""
    from app.database.errors import ProviderUnavailable
    from app.database.providers.containers import require_engine

    try:
        require_engine()
    except ProviderUnavailable as unavailable:
        yield unavailable.reason


PROBES = (
    Probe(
        check="settings",
        category="ENV",
        look=broken_settings,
        reproduction="python3 scripts/commands.py bootstrap",
        fix=["Correct or unset the variable named; docs/configuration.md lists them all."],
        acceptance="Every setting can be read.",
    ),
    Probe(
        check="plants file",
        category="ENV",
        look=passwords_for_everybody,
        reproduction="ls -l plants.toml",
        fix=["Let its owner alone read it (chmod 600), or keep the URLs elsewhere (docs/operations/plants.md)."],
        acceptance="Others than its owner and group cannot read it, or it holds no password.",
    ),
    Probe(
        check="packages",
        category="ENV",
        look=foreign_packages,
        reproduction="python3 scripts/triage_errors.py",
        fix=["Run `make setup`."],
        acceptance="The installed packages are those of requirements.lock.",
    ),
    Probe(
        check="git",
        category="ENV",
        look=missing_git,
        reproduction="git rev-parse HEAD",
        fix=["Install git, and work in a clone of the repository."],
        acceptance="git names the commit of this folder.",
    ),
    Probe(
        check="disk",
        category="ENV",
        look=unusable_folders,
        reproduction="df -h . ${LOCAL_DIR:-.local} ${TMPDIR:-/tmp}",
        fix=["Free some space or correct the permissions there, or set LOCAL_DIR and TMPDIR to other folders."],
        acceptance=f"Each folder can be written and has {LEAST_FREE_MB} MB free.",
    ),
    Probe(
        check="docker",
        category="DOCKER",
        look=no_docker_engine,
        reproduction="docker version",
        fix=[
            "Only the containers need it: without an engine the gate and the steps use the embedded PostgreSQL.",
            "To use Docker: install it, start it (systemctl start docker), and let this user reach it "
            "(usermod -aG docker USER, then log in again), or set DOCKER_HOST to an engine that answers.",
        ],
        acceptance="`docker version` shows a server, or nothing here is to run in containers.",
    ),
)
