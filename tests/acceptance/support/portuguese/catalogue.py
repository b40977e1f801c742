"""The Portuguese of what the gate's checks say, by the catalogues beside this file and by those of the product."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from app.languages.sentences import VALUE, Template, in_portuguese, of_file

CATALOGUES = Path(__file__).parent
LONGEST = 4000
"""Most characters of a text that is looked for; longer ones are listings."""


def portuguese_of(texts: list[str]) -> dict[str, str]:
    """The Portuguese of those texts that have one, by the text."""
    told = ((text, said(text)) for text in texts if len(text) <= LONGEST)
    return {text: portuguese for text, portuguese in told if portuguese != text}


def said(text: str) -> str:
    """The text in Portuguese; unchanged where no catalogue has it.

    A sentence of the product that holds the words of a template is the product's, unless it fits the template clearly.
    """
    exact, templates = _catalogue()
    if text in exact:
        return exact[text]
    fitting = [(one, values) for one in templates if (values := one.values(text)) is not None]
    for template, values in fitting:
        if template.has_clear(values):
            return template.portuguese.format(*values)
    of_product = in_portuguese(text)
    if of_product != text or not fitting:
        return of_product
    template, values = fitting[0]
    return template.portuguese.format(*values)


@cache
def _catalogue() -> tuple[dict[str, str], list[Template]]:
    """The texts without values, and the templates of the others, those with the most letters first."""
    exact, templates = {}, []
    for path in sorted(CATALOGUES.glob("*.toml")):
        for english, portuguese in of_file(path).items():
            if VALUE in english:
                templates.append(Template.of(english, portuguese))
            else:
                exact[english] = portuguese
    return exact, sorted(templates, key=lambda one: -one.letters)
