"""Adds and revokes keys in the file. Each change is atomic; concurrent changes are serialised by a lock."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from app.api.keys.api_keys import ApiKey, KeysError, Scope, keys_text, new_key
from app.api.keys.keyring import read_keys
from app.files import write_atomically

OWNER_ONLY = 0o600


def add_key(path: Path, name: str, scopes: Iterable[Scope], plants: Iterable[str] | None = None) -> str:
    """Make a key, add its hash to the file, which is made if it is not there, and return the key's text.

    plants: those that the key is for; None: every plant.
    Raises KeysError when the name is taken or bad, or the file is invalid or cannot be written.
    """
    text, key = new_key(name, scopes, plants)
    with _changing(path) as keys:
        if name in keys:
            raise KeysError(f"There is a key {name} already: choose another name, or revoke it first.")
        keys[name] = key
    return text


def revoke_key(path: Path, name: str) -> None:
    """Remove the key from the file. Raises KeysError when there is no such name, or as `add_key` does."""
    with _changing(path) as keys:
        if keys.pop(name, None) is None:
            raise KeysError(f"There is no key {name}; there are: {', '.join(sorted(keys)) or 'none'}.")


@contextmanager
def _changing(path: Path) -> Iterator[dict[str, ApiKey]]:
    """The file's keys by name. On exit of the block the changed keys are written. One process at a time."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # The folder is locked, not the file: the file is replaced, and a lock file would be left behind.
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            fcntl.flock(folder, fcntl.LOCK_EX)
            keys = {key.name: key for key in read_keys(path)} if path.exists() else {}
            yield keys
            write_atomically(path, keys_text(keys.values()), OWNER_ONLY)
        finally:
            os.close(folder)
    except OSError as error:
        raise KeysError(f"The file of the API keys, {path}, cannot be written ({error.strerror}).") from error
