"""The API key of this gate run: made before its first check, so that whatever is written down can be redacted."""

from __future__ import annotations

from functools import cache

from app.api.keys.api_keys import ApiKey, Scope, new_key
from app.api.keys.keyring import with_only_key
from app.config import Settings


@cache
def _gate_key() -> tuple[str, ApiKey]:
    return new_key("gate", Scope)


def gate_key() -> str:
    """The key's text, which only this process has."""
    return _gate_key()[0]


def with_gate_key(settings: Settings) -> Settings:
    """Settings of an API that takes this key and no other."""
    return with_only_key(settings, _gate_key()[1])
