"""`make look`: install what the browser tests need, run them, and say where their pictures are."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.browser.installed import HERE, MODULES, NoBrowser, install

PICTURES = "PRODPLAN_PICTURES"
WEB = HERE.parent / "integration" / "api" / "web" / "test_web_in_browser.py"
"""The pages of the API need a database, so their test lies with those that have one."""


def main(arguments: list[str]) -> int:
    """pytest's exit code; 1 where the browser tests cannot run."""
    try:
        install()
    except NoBrowser as error:
        sys.stderr.write(f"{error}\n")
        return 1
    pictures = MODULES / "pictures"
    pictures.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "pytest", str(HERE), str(WEB), "-rs", *arguments]
    ended = subprocess.run(command, env={**os.environ, PICTURES: str(pictures)}, check=False).returncode
    sys.stdout.write(f"The pictures are in {pictures}.\n")
    return ended


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
