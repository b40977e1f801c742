"""Secrets and e-mail addresses never reach a run folder: they are replaced on the way in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

MARK = "[redacted]"
SHORTEST = 4
"""A configured secret shorter than this would blank out ordinary words; it is left to its owner to choose better."""

URL_PASSWORD = re.compile(r"(\w[\w+.-]*://[^\s:/@\"']*:)([^\s@\"']+)(@)")
TOKEN = re.compile(
    r"(?i)\b((?:bearer|basic)\s+|(?:api[_-]?key|token|secret|password|passwd|pwd)\\?[\"']?\s*[=:]\s*\\?[\"']?)"
    r"([^\s\"'\\,;&]{4,})"
)
EMAIL = re.compile(r"\b[\w.+-]+@[\w-]+(?:\.[\w-]+)+\b")


class Redactor:
    """Replaces the given secrets, passwords in URLs, tokens and e-mail addresses in a text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = sorted({secret for secret in secrets if len(secret) >= SHORTEST}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, known))) if known else None

    def __call__(self, text: str) -> str:
        if self._secrets is not None:
            text = self._secrets.sub(MARK, text)
        text = URL_PASSWORD.sub(rf"\g<1>{MARK}\g<3>", text)
        text = TOKEN.sub(rf"\g<1>{MARK}", text)
        return EMAIL.sub(MARK, text)

    def value(self, value: Any) -> Any:
        """The same for every text within nested lists and mappings."""
        if isinstance(value, str):
            return self(value)
        if isinstance(value, dict):
            return {key: self.value(item) for key, item in value.items()}
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return value
