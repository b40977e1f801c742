"""One sentence for an error of the file system that the user can correct."""

from __future__ import annotations

import errno

MENDABLE = {
    errno.EACCES,
    errno.EPERM,
    errno.EROFS,
    errno.ENOSPC,
    errno.EDQUOT,
    errno.ENOTDIR,
    errno.EISDIR,
    errno.EEXIST,
    errno.ENOENT,
    errno.ENAMETOOLONG,
    errno.ELOOP,
}


def explained(error: OSError) -> str | None:
    """A sentence with file and reason; None for an error that is a fault of this program."""
    if error.errno not in MENDABLE:
        return None
    if error.filename is None:
        return f"The output cannot be written: {error.strerror}." if error.errno == errno.ENOSPC else None
    place = error.filename2 or error.filename
    return f"{place} cannot be written or read: {error.strerror}. Mend that, or name another place."
