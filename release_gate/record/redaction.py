"""Replaces secrets and e-mail addresses in texts before they are written into a run folder.

A secret is found literally, as JSON, HTML or a URL encodes it, in base64 and hexadecimal digits, and broken over lines.
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
"""Shortest secret that is replaced; a shorter one would replace ordinary words."""
LEAST_ENCODED = 8
"""Shortest encoded form of a secret that is searched for; shorter ones match by chance."""
LONG_LINE = 16
"""A line of a secret (such as a key in PEM form) with at least this many characters is a secret of its own."""
AS_THEY_ARE = frozenset(
    {"event", "seq", "at", "when", "outcome", "verdict", "code", "check", "xfail", "exitstatus", "passed_s"}
)
"""Facts of an event that decide the verdict; they are words of the gate's own and are not redacted."""
WITHOUT_TEXT = frozenset({bool, int, type(None)})

URL_PASSWORD = re.compile(
    r"((?<=\w)://[^\s:/@\"']*:)((?!\d+[/?#])[^\s@\"'/]+(?:/[^\s@\"'/]+){0,3}(?:@[^\s@\"'/]+)*)(@)"
)
"""A password may hold an @ or a slash that nobody has encoded; digits before a slash are a port."""
SECRET_WORDS: tuple[str, ...] = (
    "authorization",
    "bearer",
    "basic",
    "api",
    "access",
    "account",
    "private",
    "signing",
    "encryption",
)
SECRET_WORDS += ("token", "secret", "passw", "passphrase", "pwd")
"""Beginnings of the matches of TOKEN, in small letters."""
WITHIN_TOKEN = ("key", "token", "secret", "pass", "pwd", "bearer", "basic")
"""Texts of which each match of TOKEN holds one."""
KEY_NAME = r"(?:api|access|account|secret|private|signing|encryption)[_-]?(?:access[_-]?)?key"
SECRET_NAME = rf"(?:{KEY_NAME}|token|secret|password|passphrase|passwd|pwd)"
AUTHORIZATION = r"\bauthorization\\?[\"']?\s*[=:]\s*\\?[\"']?(?:bearer|basic|token)\s+"
NOT_QUOTED = r"[^\s\"'\\,;&<>]{4,}"
TOKEN = re.compile(
    rf"(?i)({AUTHORIZATION}|(?:\bbearer|\bbasic)\s+(?=\S*\d)|{SECRET_NAME}\\?[\"']?\s*[=:]\s*\\?[\"']?)"
    rf"((?!\[redacted\]){NOT_QUOTED})"
)
OPTION = re.compile(rf"(?i)(--(?:[a-z]{{1,20}}-){{0,3}}{SECRET_NAME}[\"']?,?\s+[\"']?)((?=\S*\d){NOT_QUOTED})")
"""A secret after an option of a command line, also as Python shows a list of arguments."""
COOKIE = re.compile(r"(?i)(\b(?:set-)?cookie\\?[\"']?\s*:\s*\\?[\"']?)([^\s\"'\\=;]{1,100}=[^\r\n\"'\\]{4,})")
PRIVATE_KEY = re.compile(
    r"-----BEGIN [A-Z0-9 ]{0,30}PRIVATE KEY-----"
    r"(?:(?:(?!-----)[\s\S]){1,20000}-----END [A-Z0-9 ]{0,30}PRIVATE KEY-----|(?:[\s\\nr]*[A-Za-z0-9+/=]{20,})*)"
)
"""A private key in PEM form, or as much of one as a text that was cut still holds."""
LINE_BREAK = re.compile(r"(?<![ \t])[ \t]*\r?\n[ \t]*")
"""Matches a line break with the blanks around it. Every expression here is linear in the text's length."""
OF_SERVICES = (
    r"(?:gh[pousr]_|github_pat_|gl(?:pat|ptt|rt|dt|cbt|soat)-|glsa_|xox[abeprs]-|xapp-|sk-|[sr]k_(?:live|test)_"
    r"|A[KS]IA|pypi-AgE|dop_v1_|ya29\.|shpat_|dckr_pat_)[\w.-]"
)
OF_KNOWN_LENGTH = (
    r"(?:npm_|hf_)[A-Za-z0-9]{30,}|AIza[\w-]{30,}|SG\.[\w-]{16,}\.[\w-]{16,}|hooks\.slack\.com/services/[\w/]{12,}"
)
KNOWN_TOKEN = re.compile(rf"\b(?:{OF_SERVICES}{{12,}}|eyJ[\w.-]{{12,}}|{OF_KNOWN_LENGTH})")
SERVICE_TOKEN = re.compile(rf"\b(?:{OF_SERVICES}{{16,}}|{OF_KNOWN_LENGTH})")
"""Tokens of known services in a binary, without JWTs, whose beginning any base64 may have."""
TOKEN_BEGINNINGS: tuple[str, ...] = (
    "gh",
    "gl",
    "xox",
    "xapp-",
    "sk-",
    "sk_",
    "rk_",
    "AKIA",
    "ASIA",
    "eyJ",
    "pypi-AgE",
    "dop_v1_",
)
TOKEN_BEGINNINGS += ("ya29.", "shpat_", "dckr_pat_", "npm_", "hf_", "AIza", "SG.", "hooks.slack.com/")
"""Beginnings of the tokens of GitHub, GitLab, Grafana, Slack, OpenAI, Stripe, AWS, PyPI, DigitalOcean, Google,
Shopify, Docker, npm, Hugging Face and SendGrid, and of every JWT."""
REMEMBERED = 4096
"""Number of cleaned texts that are cached: node ids and outcomes are repeated in many events."""
LONGEST_REMEMBERED = 500
SECRET_KEY = re.compile(rf"(?i){SECRET_NAME}$")
EMAIL = re.compile(r"\w[\w.+-]{0,63}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)*\.[A-Za-z]{2,}\b")


class Redactor:
    """Replaces the given secrets, passwords in URLs, tokens and e-mail addresses in a text.

    known: the secrets that are long enough to be searched for. too_short: number of the others.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        given = {secret.strip() for secret in secrets} - {""}
        self.known = frozenset(secret for secret in given if len(secret) >= SHORTEST and secret not in MARK)
        self.too_short = sum(len(secret) < SHORTEST for secret in given)
        # Reversed, because a form must stand before its own beginning for the expression to match all of it.
        sought = sorted({form for secret in self.known for form in forms(secret)}, reverse=True)
        self._secrets = re.compile("|".join(map(re.escape, sought))) if sought else None
        self._remembered = lru_cache(REMEMBERED)(self._clean)

    def __call__(self, text: str) -> str:
        return self._remembered(text) if len(text) <= LONGEST_REMEMBERED else self._clean(text)

    def _clean(self, text: str) -> str:
        if self._secrets is not None:
            text = self._secrets.sub(MARK, text)
            if "\n" in text:
                text = self._over_lines(text)
        if "://" in text:  # the expression begins with it, and takes fifty times as long to look for it itself
            text = _substituted(URL_PASSWORD, rf"\g<1>{MARK}\g<3>", text, _places_of(["://"], text))
        text = _without_headers(without_named_tokens(text))
        text = _substituted(KNOWN_TOKEN, MARK, text, _places_of(TOKEN_BEGINNINGS, text))
        return EMAIL.sub(MARK, text) if "@" in text else text

    def _over_lines(self, text: str) -> str:
        """Replace secrets that are broken over lines, found in the text without its line breaks."""
        joined = LINE_BREAK.sub("", text)
        for secret in self.known:
            for form in forms(secret):
                if form in joined:
                    text = re.sub(f"(?:{LINE_BREAK.pattern})?".join(map(re.escape, form)), MARK, text)
        return text

    def value(self, value: Any) -> Any:
        """A value with its nested texts cleaned, and texts under a secret's name replaced.

        Values without a form in JSON, such as NaN and infinity, become their text.
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
        """An event of the journal, cleaned except for the facts that decide the verdict."""
        told: dict[str, Any] = {}
        for name, value in facts.items():
            if name in AS_THEY_ARE or type(value) in WITHOUT_TEXT:
                told[name] = value
            else:
                told[name] = self(value) if type(value) is str else self._fact(name, value)
        return told

    def _fact(self, name: str, value: Any) -> Any:
        return [self.event(item) for item in value] if name == "items" else self.value(value)

    def holds_secret(self, text: str) -> bool:
        """True if an unchangeable text contains a given secret or the token of a known service."""
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
    """The texts that the hooks returned; a hook that returns a text instead of a list counts as one text."""
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


def without_named_tokens(text: str) -> str:
    """Replace the matches of TOKEN, which is tried only where one of its words stands: a search for words is fast.

    Texts beyond ASCII are searched by the expression, because case folding differs there.
    """
    template = rf"\g<1>{MARK}"
    if not text.isascii():
        return TOKEN.sub(template, text)
    small = text.lower()
    if not any(word in small for word in WITHIN_TOKEN):
        return text
    return _substituted(TOKEN, template, text, _places_of(SECRET_WORDS, small))


def _without_headers(text: str) -> str:
    """Replace private keys, cookies, and secrets after an option."""
    template = rf"\g<1>{MARK}"
    if "--" in text:
        text = OPTION.sub(template, PRIVATE_KEY.sub(MARK, text))
    return COOKIE.sub(template, text) if "ookie" in text or "OOKIE" in text else text


def _places_of(words: Iterable[str], text: str) -> list[int]:
    found = []
    for word in words:
        place = text.find(word)
        while place >= 0:
            found.append(place)
            place = text.find(word, place + 1)
    return sorted(found)


def _substituted(expression: re.Pattern[str], template: str, text: str, places: list[int]) -> str:
    """Does what expression.sub does, but looks at these places alone; each match must begin at one of them."""
    parts, end = [], 0
    for place in places:
        match = expression.match(text, place) if place >= end else None
        if match is not None:
            parts += [text[end:place], match.expand(template)]
            end = match.end()
    return "".join([*parts, text[end:]])


@lru_cache(REMEMBERED)
def names_secret(key: str) -> bool:
    return SECRET_KEY.search(key) is not None


@lru_cache(REMEMBERED)
def forms(secret: str) -> frozenset[str]:
    """The forms of a secret within a URL, JSON, HTML, base64 or hexadecimal digits."""
    in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
    content = _bytes_of(secret)
    in_url = {urllib.parse.quote(content), urllib.parse.quote(content, safe=""), urllib.parse.quote_plus(content)}
    plain = {secret} | in_json | in_url
    plain |= {html.escape(form) for form in plain} | {html.escape(form, quote=False) for form in plain}
    lines = {line.strip() for line in secret.splitlines() if len(line.strip()) >= LONG_LINE}
    return frozenset(plain | lines | _encoded(content))


def _bytes_of(secret: str) -> bytes:
    """The bytes of a secret, also of one that Python has read from bytes that are not UTF-8."""
    try:
        return secret.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return secret.encode("utf-8", "surrogatepass")


def _encoded(secret: bytes) -> set[str]:
    """The base64 form at each offset in a longer text, without the characters that depend on the neighbours."""
    found = {secret.hex(), secret.hex().upper()}
    for before in range(3):
        signs = base64.b64encode(b"\0" * before + secret).decode()
        whole = signs[-(-before * 8 // 6) : (before + len(secret)) * 8 // 6]
        found |= {whole, whole.replace("+", "-").replace("/", "_")}
    return {form for form in found if len(form) >= LEAST_ENCODED}
