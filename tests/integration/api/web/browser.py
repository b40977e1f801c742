"""A browser without a screen: cookies, the headers that a browser sends, and a reading of the HTML."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx

from app.api.keys.api_keys import Scope, keys_text, new_key
from tests.integration.api.conftest import Factory

READER, _READER = new_key("planner", [Scope.READ])
SENDER, _SENDER = new_key("data-owner", [Scope.INGEST])
BOTH, _BOTH = new_key("both", Scope)
KEYS = {"api_keys": keys_text([_READER, _SENDER, _BOTH]), "require_api_key": True}
READ_PAGES = (
    "/",
    "/orders",
    "/orders?overdue=true&sort=slack&due_from=2020-01-01",
    "/load",
    "/load?include=terminal,stale",
    "/risk",
    "/quality",
    "/quality?from=2024-01-01&to=2025-01-01",
    "/figures",
    "/figures?group_by=week",
    "/materials",
    "/changes",
    "/load/phases/1",
    "/gates",
    "/excel",
)
Api = Callable[..., dict[str, Any]]
VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}


@contextmanager
def browser(factory: Factory, key: str = "", **settings: Any) -> Iterator[httpx.Client]:
    """A browser at the pages of a factory, signed in if a key is given."""
    with factory.api(**settings) as client:
        client.headers.pop("Authorization", None)
        client.headers.update({"Origin": str(client.base_url).rstrip("/"), "Accept": "text/html"})
        client.headers.update({"Accept-Language": "en", "Connection": "close"})
        if key:
            assert client.post("/sign-in", data={"key": key}).status_code == 303
        yield client


def text_of(html: str) -> str:
    """The words of a page."""
    words = re.sub(r"<(style|script)\b.*?</\1>|<[^>]*>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(words).split())


def rows_of(html: str, caption: str) -> list[list[str]]:
    """The cells of the body of the table whose caption begins so; none without the table."""
    tables = [one for one in re.findall(r"<table.*?</table>", html, re.DOTALL) if f"<caption>{caption}" in one]
    body = re.search(r"<tbody>(.*?)</tbody>", "".join(tables), re.DOTALL)
    rows = re.findall(r"<tr\b.*?</tr>", body[1], re.DOTALL) if body else []
    return [[text_of(cell) for cell in re.findall(r"<t[hd]\b.*?</t[hd]>", row, re.DOTALL)] for row in rows]


class Faults(HTMLParser):
    """Collects what a page may not have: inline script or style, foreign addresses, unlabelled fields, tables without
    a caption, repeated ids, skipped headings, unclosed tags."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[str] = []
        self._ids: set[str] = set()
        self._labelled: set[str] = set()
        self._fields: set[str] = set()
        self._level, self._tables, self._captions = 0, 0, 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [f"{tag} {name}" for name in given if name == "style" or name.startswith("on")]
        addresses = (given.get(name) or "" for name in ("href", "src", "action"))
        self.found += [f"{tag} to {one}" for one in addresses if one and not one.startswith(("/", "#"))]
        if tag in ("script", "style") and "src" not in given:
            self.found.append(f"inline {tag}")
        if given.get("id"):
            self.found += [f"id {given['id']} twice"] if given["id"] in self._ids else []
            self._ids.add(str(given["id"]))
        if tag == "label":
            self._labelled.add(str(given.get("for")))
        if tag in ("input", "select") and given.get("type") != "hidden":
            self._fields.add(str(given.get("id")))
        self._tables += tag == "table"
        self._captions += tag == "caption"
        if re.fullmatch(r"h[1-6]", tag):
            level = int(tag[1])
            self.found += [f"{tag} after h{self._level}"] if level > self._level + 1 else []
            self._level = level
        if tag not in VOID and not self._in_svg():
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._open:
            while self._open and self._open[-1] != tag:
                self.found.append(f"unclosed {self._open.pop()}")
            self._open.pop()

    def _in_svg(self) -> bool:
        return "svg" in self._open


def faults_of(html: str) -> list[str]:
    """The faults of a page."""
    parser = Faults()
    parser.feed(html)
    found = parser.found + [f"no label for {one}" for one in sorted(parser._fields - parser._labelled)]
    if parser._tables != parser._captions:
        found.append(f"{parser._tables} tables, {parser._captions} captions")
    return found + [f"unclosed {tag}" for tag in parser._open]
