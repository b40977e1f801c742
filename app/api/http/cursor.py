"""The cursor of a list: opaque and tamper-evident, good for one run and one set of filters.

base64url(tag ‖ payload), where tag is the first 16 bytes of HMAC-SHA256 over the payload. The key is derived from the
settings (the database's URL with its password, and the role prefix), so every worker and every restart has the same.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import hmac
import json
from collections.abc import Mapping

from app.api.http.problems import Problem
from app.planning.order_list import Position

TAG_BYTES = 16
MAX_CHARACTERS = 512


def derive_key(*secrets: str) -> bytes:
    """The key of this installation's cursors."""
    return hashlib.sha256("\0".join(("prodplan cursor v1", *secrets)).encode()).digest()


def encode(key: bytes, run_id: int, filters: Mapping[str, object], position: Position) -> str:
    """The cursor that continues after a position."""
    payload = json.dumps(
        [
            run_id,
            _digest(filters),
            position.key.isoformat() if isinstance(position.key, dt.datetime) else position.key,
            position.work_order_id,
        ],
        separators=(",", ":"),
    ).encode()
    return _text(_tag(key, payload) + payload)


def decode(secret: bytes, cursor: str, run_id: int, filters: Mapping[str, object]) -> Position:
    """The position that a cursor continues after.

    Raises Problem INVALID_CURSOR (400) for one that this service did not make, or made for other filters, and
    CURSOR_EXPIRED (410) for one of a run that is no longer live: pages of two snapshots must not be mixed.
    """
    try:
        content = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        content = b""
    tag, payload = content[:TAG_BYTES], content[TAG_BYTES:]
    # Base64 has several texts for one content (unused bits of the last character); only the one made here is taken.
    if not hmac.compare_digest(tag, _tag(secret, payload)) or _text(content) != cursor:
        raise Problem(400, "INVALID_CURSOR", "The cursor is not one of this service. Start without a cursor.")
    made_for, digest, key, work_order_id = json.loads(payload)
    if digest != _digest(filters):
        raise Problem(400, "INVALID_CURSOR", "The cursor belongs to other filters. Start without a cursor.")
    if made_for != run_id:
        raise Problem(410, "CURSOR_EXPIRED", "A newer workbook has been published. Start without a cursor.")
    return Position(dt.datetime.fromisoformat(key) if isinstance(key, str) else key, work_order_id)


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _tag(key: bytes, payload: bytes) -> bytes:
    return hmac.digest(key, payload, "sha256")[:TAG_BYTES]


def _digest(filters: Mapping[str, object]) -> str:
    given = sorted((name, str(value)) for name, value in filters.items() if value is not None)
    return hashlib.sha256(json.dumps(given).encode()).hexdigest()[:16]
