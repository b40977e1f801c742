"""Forms of an answer that a client accepts: its Accept and Accept-Encoding headers (RFC 9110, section 12.5)."""

from __future__ import annotations

import re

from fastapi import Request

from app.api.http.problems import Problem

QUALITY = re.compile(r"0(\.\d{0,3})?|1(\.0{0,3})?", re.ASCII)
TOKEN = r"[!#$%&'*+.^_`|~0-9a-z-]+"
RANGE = re.compile(rf"{TOKEN}(/{TOKEN})?", re.ASCII)


def qualities(header: str) -> dict[str, float]:
    """The forms that the header names, by lower-case name, with their quality; what cannot be read is left out."""
    found = {}
    for part in header.lower().split(","):
        name, *parameters = (piece.strip() for piece in part.split(";"))
        given = [value.strip() for key, _, value in (one.partition("=") for one in parameters) if key.strip() == "q"]
        if RANGE.fullmatch(name) and all(QUALITY.fullmatch(value) for value in given):
            found[name] = float(given[0]) if given else 1.0
    return found


def is_accepted(header: str, form: str) -> bool:
    """Return True if a media type (type/subtype) is taken: its most specific range decides; without ranges, all are."""
    ranges = {name: quality for name, quality in qualities(header).items() if "/" in name}
    for name in (form, f"{form.partition('/')[0]}/*", "*/*"):
        if name in ranges:
            return ranges[name] > 0
    return not ranges


def require_accepted(request: Request, form: str, *others: str) -> None:
    """Let the request pass, or raise 406 as a Problem. others: media types that do as well as the form."""
    given = request.headers.getlist("accept")
    if not given or given in ([form], ["*/*"]) or any(is_accepted(",".join(given), one) for one in (form, *others)):
        return
    detail = f"This address answers {form} only. Send it in Accept, or no Accept."
    raise Problem(406, "NOT_ACCEPTABLE", detail, available=[form])


def takes_coding(header: str, coding: str) -> bool:
    """Return True if a content coding is taken; one that the header does not name is not."""
    codings = qualities(header)
    return codings.get(coding, codings.get("*", 0.0)) > 0
