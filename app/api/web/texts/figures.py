"""Numbers and times as a page shows them, by language. What is missing is a dash."""

from __future__ import annotations

import datetime as dt

from markupsafe import Markup

from app.languages.spoken_language import Language

NONE = "\N{EN DASH}"
NARROW = "\N{NARROW NO-BREAK SPACE}"
DAYS = {Language.PT: "%d/%m/%Y", Language.EN: "%Y-%m-%d"}


def number(language: Language, value: float | None, decimals: int = 0) -> str:
    """`15 572`, `3,5` or `3.5`."""
    if value is None:
        return NONE
    text = f"{value:z,.{decimals}f}".replace(",", NARROW)
    return text.replace(".", ",") if language is Language.PT else text


def percent(language: Language, ratio: float | None, decimals: int = 1) -> str:
    """`98,6 %`: rounded down, so that no rate below a threshold is shown as the threshold."""
    if ratio is None:
        return NONE
    scale = 10**decimals
    return number(language, int(ratio * 100 * scale + 1e-9) / scale, decimals) + NARROW + "%"


def day(language: Language, value: dt.date | None) -> str | Markup:
    """A calendar day: `30/11/2026` or `2026-11-30`."""
    return NONE if value is None else _time(value.strftime("%Y-%m-%d"), value.strftime(DAYS[language]))


def moment(language: Language, value: dt.datetime | None) -> str | Markup:
    """A day and a time, to the minute; one with a zone is shown by this machine's clock."""
    if value is None:
        return NONE
    local = value.astimezone().replace(tzinfo=None) if value.tzinfo else value
    return _time(local.isoformat(timespec="minutes"), local.strftime(f"{DAYS[language]} %H:%M"))


def stamp(language: Language, value: str | None) -> str | Markup:
    """A moment that is given as text, without a time where it is midnight; another text unchanged."""
    try:
        given = dt.datetime.fromisoformat(value) if value and "T" in value else None
    except ValueError:
        given = None
    if given is None:
        return NONE if value is None else value
    return day(language, given.date()) if given.time() == dt.time() else moment(language, given)


def _time(machine: str, shown: str) -> Markup:
    return Markup('<time datetime="{}">{}</time>').format(machine, shown)
