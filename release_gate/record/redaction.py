"""Secrets and e-mail addresses never reach a run folder: they are replaced on the way in."""

from __future__ import annotations

import html
import io
import json
import re
import urllib.parse
import zipfile
import zlib
from collections.abc import Iterable
from functools import lru_cache
from math import isfinite
from pathlib import Path
from typing import Any

from release_gate.record.files import write_whole

MARK = "[redacted]"
SHORTEST = 4
"""A configured secret shorter than this would blank out ordinary words; it is left to its owner to choose better."""

URL_PASSWORD = re.compile(r"(\w[\w+.-]*://[^\s:/@\"']*:)([^\s@\"'/]+)(@)")
SECRET_WORDS = ("bearer", "basic", "key", "token", "secret", "passw", "pwd")
SECRET_NAME = r"(?:api[_-]?key|token|secret|password|passwd|pwd)"
TOKEN = re.compile(
    rf"(?i)((?:\bbearer|\bbasic)\s+(?=\S*\d)|{SECRET_NAME}\\?[\"']?\s*[=:]\s*\\?[\"']?)((?!\[redacted\])[^\s\"'\\,;&<>]{{4,}})"
)
KNOWN_TOKEN = re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abp]-|sk-|AKIA|eyJ)[\w.-]{12,}")
TOKEN_BEGINNINGS = ("gh", "glpat-", "xox", "sk-", "AKIA", "eyJ")
"""How GitHub, GitLab, Slack, OpenAI and AWS begin their tokens, and how every JWT begins."""
REMEMBERED = 4096
"""Texts whose cleaned form is kept: a node id stands in five events of its test, `passed` in thousands."""
LONGEST_REMEMBERED = 500
SECRET_KEY = re.compile(rf"(?i){SECRET_NAME}$")
EMAIL = re.compile(r"\b[\w.+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b")
TEXTS = frozenset({".json", ".jsonl", ".xml", ".html", ".md", ".txt", ".csv", ".log", ".sql", ".yaml", ".toml"})
"""Files whose text is searched; a binary artefact is its writer's to keep clean, but for a zip (an .xlsx is one)."""
LARGEST_ZIP_BYTES = 256_000_000
"""A zip that expands beyond this is left as it is: it is data, no report."""


class Redactor:
    """Replaces the given secrets, passwords in URLs, tokens and e-mail addresses in a text."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        known = {form for secret in secrets if len(secret) >= SHORTEST for form in forms(secret)}
        longest_first = sorted(known, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if known else None
        self._remembered = lru_cache(REMEMBERED)(self._clean)

    def __call__(self, text: str) -> str:
        return self._remembered(text) if len(text) <= LONGEST_REMEMBERED else self._clean(text)

    def _clean(self, text: str) -> str:
        if self._secrets is not None:
            text = self._secrets.sub(MARK, text)
        if "://" in text and "@" in text:
            text = URL_PASSWORD.sub(rf"\g<1>{MARK}\g<3>", text)
        if may_hold_token(text):
            text = TOKEN.sub(rf"\g<1>{MARK}", text)
        if any(beginning in text for beginning in TOKEN_BEGINNINGS):
            text = KNOWN_TOKEN.sub(MARK, text)
        return EMAIL.sub(MARK, text) if "@" in text else text

    def value(self, value: Any) -> Any:
        """The same for every text within nested lists and mappings, and for whatever is kept under a secret's name.

        What JSON has no form for, NaN and infinity among it, becomes its text.
        """
        if isinstance(value, str):
            return self(value)
        if value is None or isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
            return value
        if isinstance(value, dict):
            return {
                key: MARK if isinstance(item, str) and item and _names_secret(str(key)) else self.value(item)
                for key, item in value.items()
            }
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return self(str(value))

    def file(self, path: Path) -> None:
        """The same for a text file, in place; JSON stays JSON. In a zip, the same for each text in it."""
        if path.suffix.lower() not in TEXTS:
            if zipfile.is_zipfile(path):
                self._zip(path)
            return
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            return
        cleaned = self._json(text) if path.suffix.lower() == ".json" else self(text)
        if cleaned != text:
            write_whole(path, cleaned.encode())

    def _zip(self, path: Path) -> None:
        try:
            with zipfile.ZipFile(path) as archive:
                if sum(entry.file_size for entry in archive.infolist()) > LARGEST_ZIP_BYTES:
                    return
                members = [(entry, archive.read(entry)) for entry in archive.infolist()]
        except (zipfile.BadZipFile, zlib.error, RuntimeError, NotImplementedError, OSError):
            return  # broken or encrypted: nobody can read it, we no more than others
        cleaned = [(entry, self._member(content)) for entry, content in members]
        if all(before == after for (_, before), (_, after) in zip(members, cleaned, strict=True)):
            return
        written = io.BytesIO()
        with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
            for entry, content in cleaned:
                archive.writestr(zipfile.ZipInfo(self(entry.filename), entry.date_time), content, zipfile.ZIP_DEFLATED)
        write_whole(path, written.getvalue())

    def _member(self, content: bytes) -> bytes:
        try:
            return self(content.decode("utf-8")).encode()
        except UnicodeDecodeError:
            return content

    def _json(self, text: str) -> str:
        try:
            record = json.loads(text)
        except ValueError:
            return self(text)
        cleaned = self.value(record)
        return text if cleaned == record else json.dumps(cleaned, indent=2, ensure_ascii=False) + "\n"


def may_hold_token(text: str) -> bool:
    """False only where TOKEN cannot match: most texts hold none of its words, and a search for a word is cheap.

    Beyond ASCII, letters fold in ways that only the expression knows.
    """
    if not text.isascii():
        return True
    lowered = text.lower()
    return any(word in lowered for word in SECRET_WORDS)


@lru_cache(REMEMBERED)
def _names_secret(key: str) -> bool:
    return SECRET_KEY.search(key) is not None


def forms(secret: str) -> set[str]:
    """How a secret may look once it was put into a URL, JSON or HTML."""
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    in_url = {urllib.parse.quote(secret), urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret)}
    plain = {secret} | in_json | in_url
    return plain | {html.escape(form) for form in plain} | {html.escape(form, quote=False) for form in plain}
