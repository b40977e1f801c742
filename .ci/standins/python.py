"""A stand-in for the official python image, made from this machine's Python: the Dockerfile's BASE_IMAGE.

    python .ci/standins/python.py IMAGE

It has what the Dockerfile asks of its base: `python3` with venv and pip, a shell, and the machine's own way to PyPI.
"""

from __future__ import annotations

import sys
from pathlib import Path

from rootfs import RootFilesystem

TOOLS = ("sh", "mkdir", "rm", "install", "cat", "ls", "id")
BASE = Path(sys.base_prefix)
NEEDED = ("/usr/share/python-wheels", "/usr/share/zoneinfo", "/etc/ssl", "/usr/share/ca-certificates", "/etc/xdg/pip")
"""Debian keeps pip's wheel for new environments apart; the rest is what a download needs, where it is there."""
PIP_SETTINGS = Path("/etc/pip.conf")


def main(image: str) -> None:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    library, interpreter = BASE / "lib" / version, (BASE / "bin" / version).resolve()
    root = RootFilesystem()
    root.folder("/tmp", 0o1777)
    root.file(interpreter)
    root.file(interpreter, str(interpreter.with_name("python3")))
    root.tree(library, without=["__pycache__", "test", "dist-packages", "site-packages"])
    root.libraries_of([interpreter, *library.rglob("*.so")])
    root.programs(TOOLS)
    for path in filter(Path.exists, map(Path, NEEDED)):
        root.tree(path)
    if PIP_SETTINGS.exists():
        root.file(PIP_SETTINGS)
    root.text("/etc/passwd", "root:x:0:0:root:/:/bin/sh\n")
    root.text("/etc/group", "root:x:0:\n")
    root.text("/etc/nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n")
    root.build(image, ["ENV PATH=/usr/local/bin:/usr/bin:/bin LANG=C.UTF-8"])


if __name__ == "__main__":
    main(sys.argv[1])
