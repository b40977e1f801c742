"""API keys: their permissions, how they are made, and the lookup of a request's key. Pure: no HTTP, no file.

A key is 256 random bits, so it cannot be guessed or looked up, and plain SHA-256 is the right hash for storage. Slow,
salted hashes are for passwords that people choose, and would cost as much for each request as for an attacker.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import json
import secrets
from collections.abc import Iterable, Sequence
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

PREFIX, RANDOM_BYTES = "prodplan_", 32
"""The prefix lets secret scanners of repositories and logs recognise a key."""


class Scope(StrEnum):
    """Permission of a key. No scope includes another: a sender of workbooks need not see the plant's figures."""

    READ = "read"
    PLAN = "plan"
    INGEST = "ingest"


class KeysError(Exception):
    """The keys are unusable; the message gives the reason without the file's content."""

    code = "API_KEYS_INVALID"


class ApiKey(BaseModel):
    """The stored form of a key. sha256: of its whole text, hexadecimal. plants: those it is for; None: all."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    scopes: frozenset[Scope] = Field(min_length=1)
    created_at: dt.datetime
    plants: frozenset[str] | None = Field(None, min_length=1)

    def is_for(self, plant: str) -> bool:
        """True if the key may be used for this plant."""
        return self.plants is None or plant in self.plants


def _distinct(keys: tuple[ApiKey, ...]) -> tuple[ApiKey, ...]:
    for what in ("name", "sha256"):
        values = [getattr(key, what) for key in keys]
        if len(set(values)) < len(values):
            raise ValueError(f"two keys have the same {what}")
    return keys


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)

    keys: Annotated[tuple[ApiKey, ...], AfterValidator(_distinct)]


def parse_keys(text: str | bytes) -> tuple[ApiKey, ...]:
    """The keys of a document {"keys": [{name, sha256, scopes, created_at}]}. Raises KeysError."""
    try:
        return _Document.model_validate_json(text).keys
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(map(str, fault["loc"])) or "the document"
        raise KeysError(f"The API keys are invalid at {place}: {fault['msg']}.") from None


def keys_text(keys: Iterable[ApiKey]) -> str:
    """The document of these keys, as `parse_keys` reads it."""
    entries = [
        {**key.model_dump(mode="json", exclude_none=True), **_sorted_sets(key)}
        for key in sorted(keys, key=lambda key: key.name)
    ]
    return json.dumps({"keys": entries}, indent=2) + "\n"


def _sorted_sets(key: ApiKey) -> dict[str, list[str]]:
    sets = {"scopes": key.scopes, "plants": key.plants}
    return {name: sorted(values) for name, values in sets.items() if values is not None}


def new_key(name: str, scopes: Iterable[Scope], plants: Iterable[str] | None = None) -> tuple[str, ApiKey]:
    """A new key: its text, which is not kept, and the record that is. Raises KeysError for an invalid name."""
    text = PREFIX + secrets.token_urlsafe(RANDOM_BYTES)
    created_at = dt.datetime.now(dt.UTC).replace(microsecond=0)
    try:
        return text, ApiKey(
            name=name,
            sha256=digest_of(text),
            scopes=frozenset(scopes),
            created_at=created_at,
            plants=None if plants is None else frozenset(plants),
        )
    except ValidationError as error:
        fault = error.errors()[0]
        raise KeysError(f"The key cannot be made: {fault['loc'][0]}: {fault['msg']}.") from None


def digest_of(text: str) -> str:
    """SHA-256 of a key's text, hexadecimal."""
    return hashlib.sha256(text.encode()).hexdigest()


def holder_of(keys: Sequence[ApiKey], text: str) -> ApiKey | None:
    """The key with this text, or None. Compares with every key in constant time, so that timing reveals nothing."""
    digest = digest_of(text)
    holder = None
    for key in keys:
        if hmac.compare_digest(key.sha256, digest):
            holder = key
    return holder
