"""The keys that are valid now: of the setting API_KEYS, or of the file, which is looked at on each request.

Fails closed: while the file is missing, unreadable or invalid, no key is valid, and the log says why.
"""

from __future__ import annotations

import asyncio
import logging
from pathlib import Path

from anyio import CapacityLimiter, to_thread
from pydantic import SecretStr

from app.api.http.problems import Problem
from app.api.keys.api_keys import ApiKey, KeysError, Scope, holder_of, keys_text, new_key, parse_keys
from app.api.watched_file import WatchedFile
from app.config import Settings

MAX_BYTES = 1_000_000
LOOKING_THREADS, FILE_WITHIN_S = 4, 5.0
log = logging.getLogger("uvicorn.error")


def read_keys(path: Path) -> tuple[ApiKey, ...]:
    """The keys of a file. Raises KeysError, also when it cannot be read."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise KeysError(f"The file of the API keys cannot be read ({error.strerror}).") from error
    if len(content) > MAX_BYTES:
        raise KeysError(f"The file of the API keys is larger than {MAX_BYTES} bytes.")
    return parse_keys(content)


class Keyring:
    """Finds the holder of a key; one per process."""

    def __init__(self, settings: Settings) -> None:
        self._given = settings.api_keys
        self._file = WatchedFile(settings.keys_file, read_keys, KeysError)
        self._complaint: str | None = None
        self._threads = CapacityLimiter(LOOKING_THREADS)

    async def holder(self, text: str) -> ApiKey | None:
        """The valid key with this text, or None. Raises 503 as a Problem when the file is not read in time.

        The file is read in threads of its own, so that a hanging file system does not block other requests.
        """
        if self._given is not None:
            return holder_of(self.valid_keys(), text)
        try:
            async with asyncio.timeout(FILE_WITHIN_S):
                keys = await to_thread.run_sync(self.valid_keys, abandon_on_cancel=True, limiter=self._threads)
        except TimeoutError:
            detail = "The file of the API keys cannot be read at the moment. Try again shortly."
            raise Problem(503, "API_KEYS_UNAVAILABLE", detail) from None
        return holder_of(keys, text)

    def valid_keys(self) -> tuple[ApiKey, ...]:
        """The keys that are valid now; none while they are unknown."""
        try:
            keys = self._file.content() if self._given is None else parse_keys(self._given.get_secret_value())
        except OSError as error:
            return self._none(f"The file of the API keys cannot be read ({error.strerror}).")
        except KeysError as error:
            return self._none(str(error))
        self._complaint = None
        return keys

    def _none(self, complaint: str) -> tuple[ApiKey, ...]:
        # Once, not for each request.
        if complaint != self._complaint:
            self._complaint = complaint
            log.error("No API key is valid: %s Make one with `python3 -m app api-key NAME --scope read`.", complaint)
        return ()


def with_only_key(settings: Settings, key: ApiKey) -> Settings:
    """Settings under which only this key is valid; they hold its hash."""
    return settings.model_copy(update={"api_keys": SecretStr(keys_text([key]))})


def with_ephemeral_key(settings: Settings, *scopes: Scope) -> tuple[Settings, str]:
    """Settings under which only a new key is valid, and that key's text.

    Used by a process that calls its own API. scopes: none means all.
    """
    text, key = new_key("ephemeral", scopes or tuple(Scope))
    return with_only_key(settings, key), text
