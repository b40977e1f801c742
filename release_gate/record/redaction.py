"""Secrets and e-mail addresses in texts are replaced before they reach a run folder.

A secret is found as it is, as JSON, HTML or a URL writes it, in base64 and hexadecimal digits, and broken over lines.
"""

from __future__ import annotations

import base64
import html
import json
import re
import urllib.parse
from collections.abc import Iterable, Mapping
from functools import lru_cache
from math import isfinite
from typing import Any

MARK = "[redacted]"
SHORTEST = 4
"""A configured secret shorter than this would blank out ordinary words; it is left to its owner to choose better."""
LEAST_ENCODED = 8
"""Signs of a secret's encoded form below which it would be found by chance."""
LONG_LINE = 16
"""A line of a secret (a key in PEM form has many) is a secret of its own from so many signs on."""
AS_THEY_ARE = frozenset({"event", "seq", "at", "when", "outcome", "verdict", "code", "check", "xfail", "exitstatus"})
"""Facts of an event by which the verdict is found; they are words of the gate's own, and no secret can name them."""

URL_PASSWORD = re.compile(r"((?<=\w)://[^\s:/@\"']*:)([^\s@\"'/]+)(@)")
SECRET_WORDS = ("bearer", "basic", "key", "token", "secret", "passw", "pwd")
SECRET_NAME = r"(?:api[_-]?key|token|secret|password|passwd|pwd)"
TOKEN = re.compile(
    rf"(?i)((?:\bbearer|\bbasic)\s+(?=\S*\d)|{SECRET_NAME}\\?[\"']?\s*[=:]\s*\\?[\"']?)((?!\[redacted\])[^\s\"'\\,;&<>]{{4,}})"
)
LINE_BREAK = re.compile(r"(?<![ \t])[ \t]*\r?\n[ \t]*")
"""From the first of its blanks on. No expression here searches a long text anew from each of its signs."""
KNOWN_TOKEN = re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abp]-|sk-|AKIA|eyJ)[\w.-]{12,}")
SERVICE_TOKEN = re.compile(r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abp]-|sk-|AKIA)[\w.-]{16,}")
"""In a binary, what begins like a JWT may also be anything in base64."""
TOKEN_BEGINNINGS = ("gh", "glpat-", "xox", "sk-", "AKIA", "eyJ")
"""Prefixes of the tokens of GitHub, GitLab, Slack, OpenAI and AWS, and of every JWT."""
REMEMBERED = 4096
"""Texts whose cleaned form is kept: a node id stands in five events of its test, `passed` in thousands."""
LONGEST_REMEMBERED = 500
SECRET_KEY = re.compile(rf"(?i){SECRET_NAME}$")
EMAIL = re.compile(r"\w[\w.+-]{0,63}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b")


class Redactor:
    """Replaces the given secrets, passwords in URLs, tokens and e-mail addresses in a text.

    known: the secrets that are long enough to be looked for. too_short: how many are not.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        given = {secret.strip() for secret in secrets} - {""}
        self.known = frozenset(secret for secret in given if len(secret) >= SHORTEST and secret not in MARK)
        self.too_short = sum(len(secret) < SHORTEST for secret in given)
        longest_first = sorted({form for secret in self.known for form in forms(secret)}, key=len, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None
        self._remembered = lru_cache(REMEMBERED)(self._clean)

    def __call__(self, text: str) -> str:
        return self._remembered(text) if len(text) <= LONGEST_REMEMBERED else self._clean(text)

    def _clean(self, text: str) -> str:
        if self._secrets is not None:
            text = self._secrets.sub(MARK, text)
            if "\n" in text and self.known:
                text = self._over_lines(text)
        if "://" in text and "@" in text:
            text = URL_PASSWORD.sub(rf"\g<1>{MARK}\g<3>", text)
        if may_hold_token(text):
            text = TOKEN.sub(rf"\g<1>{MARK}", text)
        if any(beginning in text for beginning in TOKEN_BEGINNINGS):
            text = KNOWN_TOKEN.sub(MARK, text)
        return EMAIL.sub(MARK, text) if "@" in text else text

    def _over_lines(self, text: str) -> str:
        """A secret that a line break cuts in two is found where the text without its breaks holds it."""
        joined = LINE_BREAK.sub("", text)
        for secret in self.known:
            for form in forms(secret):
                if "\n" not in form and form in joined:
                    text = re.sub(f"(?:{LINE_BREAK.pattern})?".join(map(re.escape, form)), MARK, text)
        return text

    def value(self, value: Any) -> Any:
        """The same for every text within nested lists and mappings, and for whatever is kept under a secret's name.

        What JSON has no form for, NaN and infinity among it, becomes its text.
        """
        if isinstance(value, str):
            return self(value)
        if value is None or isinstance(value, int) or (isinstance(value, float) and isfinite(value)):
            return value
        if isinstance(value, Mapping):
            return self._mapping(value)
        if isinstance(value, list | tuple):
            return [self.value(item) for item in value]
        return self(str(value))

    def event(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """The same for an event of the journal, without the facts by which the verdict is found."""
        return {name: value if name in AS_THEY_ARE else self._fact(name, value) for name, value in facts.items()}

    def _fact(self, name: str, value: Any) -> Any:
        return [self.event(item) for item in value] if name == "items" else self.value(value)

    def holds_secret(self, text: str) -> bool:
        """True if a text that must not be changed holds a given secret or the token of a known service."""
        return (self._secrets is not None and self._secrets.search(text) is not None) or (
            any(beginning in text for beginning in TOKEN_BEGINNINGS) and SERVICE_TOKEN.search(text) is not None
        )

    def _mapping(self, value: Mapping[Any, Any]) -> dict[Any, Any]:
        made: dict[Any, Any] = {}
        for key, item in value.items():
            name = unhidden = self(key) if isinstance(key, str) else key
            number = 2
            while name in made:
                name, number = f"{unhidden}#{number}", number + 1
            hidden = isinstance(item, str) and item and names_secret(str(key))
            made[name] = MARK if hidden else self.value(item)
        return made


def texts_in(told: Iterable[object]) -> list[str]:
    """Every text that hooks have returned; one that returns a text instead of a list has told one."""
    found: list[str] = []
    for one in told:
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, bytes | bytearray):
            found.append(bytes(one).decode("utf-8", "replace"))
        elif isinstance(one, Mapping):
            found += texts_in(one.values())
        elif isinstance(one, Iterable):
            found += texts_in(one)
        elif one is not None:
            found.append(str(one))
    return found


def may_hold_token(text: str) -> bool:
    """False only where TOKEN cannot match: most texts hold none of its words, and a search for a word is cheap.

    Beyond ASCII, letters fold in ways that only the expression knows.
    """
    if not text.isascii():
        return True
    lowered = text.lower()
    return any(word in lowered for word in SECRET_WORDS)


@lru_cache(REMEMBERED)
def names_secret(key: str) -> bool:
    return SECRET_KEY.search(key) is not None


@lru_cache(REMEMBERED)
def forms(secret: str) -> frozenset[str]:
    """The forms of a secret within a URL, JSON, HTML, base64 or hexadecimal digits."""
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    in_url = {urllib.parse.quote(secret), urllib.parse.quote(secret, safe=""), urllib.parse.quote_plus(secret)}
    plain = {secret} | in_json | in_url
    plain |= {html.escape(form) for form in plain} | {html.escape(form, quote=False) for form in plain}
    lines = {line.strip() for line in secret.splitlines() if len(line.strip()) >= LONG_LINE}
    return frozenset(plain | lines | _encoded(secret.encode("utf-8", "replace")))


def _encoded(secret: bytes) -> set[str]:
    """Its base64 form at each offset in a longer text, less the signs that depend on its neighbours."""
    found = {secret.hex(), secret.hex().upper()}
    for before in range(3):
        signs = base64.b64encode(b"\0" * before + secret).decode()
        whole = signs[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6]
        found |= {whole, whole.replace("+", "-").replace("/", "_")}
    return {form for form in found if len(form) >= LEAST_ENCODED}
