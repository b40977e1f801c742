"""`scripts/postgresql_17.py` puts in place what has the declared digest, and nothing else."""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import platform
import subprocess
import tarfile
from pathlib import Path

import pytest

from tests.unit.packaging.checkout import BARE, BASE_PYTHON, copy

PLACE = Path(".local/postgresql-17")
LINK = {"source": "native/lib/libpq.so.5.17", "target": "native/lib/libpq.so.5"}
FILES = {
    "package/native/bin/postgres": "server",
    "package/native/lib/libpq.so.5.17": "library",
    "package/native/pg-symlinks.json": json.dumps([LINK]),
}
pytestmark = pytest.mark.skipif(platform.machine() not in ("x86_64", "aarch64"), reason="no package for this machine")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy whose declared digest is that of an archive, and an npm that delivers the archive."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w:gz") as packed:
        for name, text in FILES.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            packed.addfile(entry, io.BytesIO(text.encode()))
    (tmp_path / "delivered.tgz").write_bytes(archive.getvalue())
    digest = base64.b64encode(hashlib.sha512(archive.getvalue()).digest()).decode("ascii")
    script = copy(tmp_path) / "scripts" / "postgresql_17.py"
    lines = script.read_text(encoding="utf-8").splitlines()
    declared = [f'        "{digest}",' if line.rstrip('",').endswith("==") else line for line in lines]
    script.write_text("\n".join(declared), encoding="utf-8")
    npm(tmp_path, f"cp {tmp_path}/delivered.tgz .")
    return tmp_path


def npm(checkout: Path, command: str) -> None:
    program = checkout / "programs" / "npm"
    program.parent.mkdir(exist_ok=True)
    program.write_text(f"#!/bin/sh\n{command}\n", encoding="utf-8")
    program.chmod(0o755)


def started(checkout: Path, path: str = os.defpath) -> subprocess.CompletedProcess[str]:
    command = [BASE_PYTHON, str(checkout / "scripts" / "postgresql_17.py")]
    environment = BARE | {"PATH": f"{checkout / 'programs'}:{path}"}
    return subprocess.run(command, cwd="/", env=environment, capture_output=True, text=True, check=False)


def test_archive_with_the_declared_digest_is_put_in_place_with_its_links(checkout: Path) -> None:
    done = started(checkout)
    assert (done.returncode, done.stderr) == (0, "")
    place = checkout / PLACE
    assert (place / "bin" / "postgres").read_text(encoding="utf-8") == "server"
    assert (place / "lib" / "libpq.so.5").resolve().name == "libpq.so.5.17"
    npm(checkout, "exit 1")
    assert started(checkout).returncode == 0, "what is there is not fetched again"


@pytest.mark.parametrize(
    ("delivery", "told"),
    [
        ("echo other >other.tgz", "another digest"),
        ("echo 'no network' >&2; exit 1", "no network"),
        ("true", "cannot fetch"),
    ],
)
def test_anything_else_is_refused_and_nothing_is_left(checkout: Path, delivery: str, told: str) -> None:
    npm(checkout, delivery)
    done = started(checkout)
    assert done.returncode == 1
    assert told in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert list((checkout / ".local").iterdir()) == []
