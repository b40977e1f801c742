"""The colours of the run's page, for light and dark; a test computes the contrast of every pair that is used."""

from __future__ import annotations

LIGHT = {
    "ground": "#ffffff",
    "panel": "#f3f5f8",
    "ink": "#16191f",
    "quiet": "#4d5562",
    "edge": "#767f8d",
    "link": "#0a4fae",
    "good": "#14672f",
    "bad": "#b01822",
    "warn": "#7d4e00",
    "plain": "#3d5a80",
    "on": "#ffffff",
}
DARK = {
    "ground": "#12151a",
    "panel": "#1d2229",
    "ink": "#eceff4",
    "quiet": "#b3bccb",
    "edge": "#8791a1",
    "link": "#8fbcff",
    "good": "#6fd08c",
    "bad": "#ff9a9a",
    "warn": "#f2bd5c",
    "plain": "#a3bfe4",
    "on": "#12151a",
}
TEXT_PAIRS = tuple(
    (over, under) for under in ("ground", "panel") for over in ("ink", "quiet", "link", "good", "bad", "warn", "plain")
) + tuple(("on", tone) for tone in ("good", "bad", "warn", "plain"))
"""Text over ground: 4.5 to 1 at least (WCAG 1.4.3)."""
SHAPE_PAIRS = tuple((over, under) for under in ("ground", "panel") for over in ("edge", "good", "bad", "warn", "plain"))
"""Shapes of charts and edges of controls: 3 to 1 at least (WCAG 1.4.11)."""


def variables() -> str:
    """The colours as CSS custom properties; print is always light."""
    light, dark = (_declared(colours) for colours in (LIGHT, DARK))
    return f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, as WCAG 2.2 defines it."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _declared(colours: dict[str, str]) -> str:
    return "".join(f"--{name}:{colour};" for name, colour in colours.items())


def _luminance(colour: str) -> float:
    parts = (int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5))
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
