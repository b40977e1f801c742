"""Needs of the browser tests beside Python: the system's Chromium, node, and two packages of npm, pinned by digest."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

HERE = Path(__file__).parent
MODULES = HERE.parents[1] / ".local" / "browser"
PACKAGES = ("axe-core", "playwright-core")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
INSTALLED_WITHIN_S = 300


class NoBrowser(Exception):
    """The browser tests cannot run; one sentence says what is missing and how to get it."""


def program(*names: str) -> str:
    """The path of the first of these programs. Raises NoBrowser."""
    found = next((path for name in names if (path := shutil.which(name))), None)
    if found is None:
        raise NoBrowser(f"{names[0]} is not on PATH: install it (Debian: apt-get install chromium nodejs npm).")
    return found


def require_packages() -> None:
    """Raise NoBrowser unless the packages are installed."""
    if not all((MODULES / "node_modules" / name / "package.json").is_file() for name in PACKAGES):
        raise NoBrowser("playwright-core and axe-core are not in .local/browser: `make look` installs them.")


def install() -> None:
    """Install the packages of package-lock.json into .local/browser, unless they are there. Raises NoBrowser."""
    MODULES.mkdir(parents=True, exist_ok=True)
    names = ("package.json", "package-lock.json")
    same = all((MODULES / name).is_file() and _same(MODULES / name, HERE / name) for name in names)
    if same and all((MODULES / "node_modules" / name / "package.json").is_file() for name in PACKAGES):
        return
    for name in names:
        shutil.copyfile(HERE / name, MODULES / name)
    command = [program("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(MODULES)]
    environment = {**os.environ, "PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD": "1"}
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env=environment, timeout=INSTALLED_WITHIN_S
        )
    except subprocess.TimeoutExpired as error:
        raise NoBrowser(f"npm did not install its packages within {INSTALLED_WITHIN_S} s.") from error
    if done.returncode:
        raise NoBrowser(f"npm could not install its packages: {' '.join(done.stderr.split())[-300:]}")


def _same(one: Path, other: Path) -> bool:
    return one.read_bytes() == other.read_bytes()
