"""The inputs of a subject: each entry of the project's with a SHA-256, and what kind of data it is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SAMPLE = "sample"


def inputs_in(subject: Mapping[str, Any]) -> dict[str, dict[str, str | None]]:
    """{name: {kind, sha256}} of every entry that names a file by its digest."""
    return {
        name: {"kind": entry.get("kind"), "sha256": entry["sha256"]}
        for name, entry in subject.items()
        if isinstance(entry, Mapping) and "sha256" in entry
    }


def samples_in(subject: Mapping[str, Any]) -> list[str]:
    """The entries that are sample data, which prove the software and not the real data."""
    return [name for name, entry in subject.items() if isinstance(entry, Mapping) and entry.get("kind") == SAMPLE]
