"""The cursor of a list: opaque and tamper-evident, good for one run and one set of filters.

Signed by itsdangerous (HMAC-SHA256). The key is derived from the settings (the database's URL with its password, and
the role prefix), so every worker and every restart has the same.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from itsdangerous import BadData, URLSafeSerializer

from app.api.http.problems import Problem
from app.planning.order_list import Position

MAX_CHARACTERS = 512


def derive_key(*secrets: str) -> bytes:
    """The key of this installation's cursors."""
    return hashlib.sha256("\0".join(secrets).encode()).digest()


def encode(key: bytes, run_id: int, filters: Mapping[str, object], position: Position) -> str:
    """The cursor that continues after a position of the order list."""
    place = position.key.isoformat() if isinstance(position.key, dt.datetime) else position.key
    return encode_place(key, run_id, filters, [place, position.work_order_id])


def decode(secret: bytes, cursor: str, run_id: int, filters: Mapping[str, object]) -> Position:
    """The position of the order list that a cursor continues after. Raises Problem as decode_place."""
    key, work_order_id = decode_place(secret, cursor, run_id, filters)
    return Position(dt.datetime.fromisoformat(key) if isinstance(key, str) else key, work_order_id)


def encode_place(key: bytes, run_id: int, filters: Mapping[str, object], place: list[Any]) -> str:
    """The cursor that continues after a place of a list, which JSON can express."""
    return str(_signed(key).dumps([run_id, _digest(filters), *place]))


def decode_place(secret: bytes, cursor: str, run_id: int, filters: Mapping[str, object]) -> list[Any]:
    """The place that a cursor continues after.

    Raises Problem INVALID_CURSOR (400) for one that this service did not make, or made for other filters, and
    CURSOR_EXPIRED (410) for one of another run than is asked for: pages of two snapshots must not be mixed.
    """
    signed = _signed(secret)
    try:
        content: list[Any] = signed.loads(cursor)
        # Base64 has several texts for one signature (unused bits of the last character); the one made here is taken.
        is_genuine = signed.dumps(content) == cursor
    except (BadData, UnicodeError):
        is_genuine = False
    if not is_genuine:
        raise Problem(400, "INVALID_CURSOR", "The cursor is not one of this service. Start without a cursor.")
    made_for, digest, *place = content
    # Before the filters: what a request leaves to the live run, such as the run compared with, is one of them.
    if made_for != run_id:
        raise Problem(410, "CURSOR_EXPIRED", "A newer workbook has been published. Start without a cursor.")
    if digest != _digest(filters):
        raise Problem(400, "INVALID_CURSOR", "The cursor belongs to other filters. Start without a cursor.")
    return place


def _signed(key: bytes) -> URLSafeSerializer:
    return URLSafeSerializer(key, salt="prodplan cursor", signer_kwargs={"digest_method": hashlib.sha256})


def _digest(filters: Mapping[str, object]) -> str:
    given = sorted((name, str(value)) for name, value in filters.items() if value is not None)
    return hashlib.sha256(json.dumps(given).encode()).hexdigest()[:16]
