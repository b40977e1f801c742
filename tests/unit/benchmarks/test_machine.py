"""The description of the machine."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.ingestion_speed.machine import described, file_system

MOUNTS = [
    "/dev/vda / ext4 rw 0 0",
    "tmpfs /dev/shm tmpfs rw 0 0",
    "nfs:/x /with\\040blank nfs4 rw 0 0",
    "old /data xfs rw 0 0",
    "new /data btrfs rw 0 0",
]


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/home", "ext4"),
        ("/dev/shm/server/data", "tmpfs"),
        ("/dev/shmeared", "ext4"),
        ("/with blank/x", "nfs4"),
        ("/data", "btrfs"),
    ],
)
def test_a_folder_is_on_the_nearest_mount(folder: str, kind: str) -> None:
    assert file_system(Path(folder), MOUNTS) == kind


def test_a_system_without_the_table_is_not_guessed_at() -> None:
    assert file_system(Path("/home"), []) == "unknown"


def test_the_machine_is_described() -> None:
    found = described()
    assert found["memory_bytes"] > 10**8
    assert found["cores"] >= 1
    assert all(found[name] for name in ("cpu", "kernel", "python", "packages"))
