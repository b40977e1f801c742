"""The account that a server runs as: PostgreSQL refuses root, so root starts it as `postgres` or `nobody`."""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

ROOT_UID = 0
FOR_ROOT = ("postgres", "nobody")


class NoAccount(Exception):
    """root has no unprivileged account to run the server as."""


@dataclass(frozen=True)
class Account:
    """A user and its group."""

    name: str
    uid: int
    gid: int

    @property
    def ids(self) -> list[int]:
        return [self.uid, self.gid]


def server_account() -> Account | None:
    """The unprivileged account to use for root; None to run as the present user. Raises NoAccount."""
    if os.geteuid() != ROOT_UID:
        return None
    for name in FOR_ROOT:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != ROOT_UID:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise NoAccount(f"this is root, PostgreSQL refuses to run as root, and there is no account {' or '.join(FOR_ROOT)}")


def may_pass(folder: Path, account: Account | None) -> bool:
    """Return True if the account may enter the folder and all above it (supplementary groups left out)."""
    resolved = folder.resolve()
    if account is None:
        return os.access(resolved, os.X_OK)
    return all(has_right(step.stat(), account, stat.S_IXOTH) for step in (resolved, *resolved.parents))


def has_right(status: os.stat_result, account: Account, right: int) -> bool:
    """Return True if the mode grants `right` (S_IROTH, S_IWOTH or S_IXOTH) to the account as owner, group or other."""
    if status.st_uid == account.uid:
        return bool(status.st_mode & right << 6)
    if status.st_gid == account.gid:
        return bool(status.st_mode & right << 3)
    return bool(status.st_mode & right)
