"""docs/dependencies.md names the licence that each installed direct dependency declares."""

from __future__ import annotations

import re
import tomllib
from email.message import Message
from importlib.metadata import metadata

import pytest
from packaging.requirements import Requirement

from tests.unit.packaging.checkout import ROOT

SPDX = {
    "Apache Software License": "Apache-2.0",
    "BSD 2-Clause License": "BSD-2-Clause",
    "BSD License": "BSD",
    "MIT License": "MIT",
    "PSFL": "PSF-2.0",
}
"""The identifier for what older metadata call a licence. "BSD License" does not say how many clauses it has."""
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
DIRECT = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
ROW = re.compile(r"^\| ([a-z0-9-]+) \| ([^|]*) \| ", re.MULTILINE)


def declared(package: Message) -> str:
    """The licence in a package's metadata: the expression, else the one-line field, else the classifiers.

    "" where none of them names one; the field may hold a licence's whole text instead of its name.
    """
    field = str(package.get("License") or "").strip()
    classifiers = [str(one) for one in package.get_all("Classifier") or []]
    named = [one.rsplit(" :: ", 1)[1] for one in classifiers if one.startswith("License :: ")]
    stated = [str(package.get("License-Expression") or ""), "" if "\n" in field else field]
    return next((SPDX.get(one, one) for one in stated if one), " OR ".join(SPDX.get(one, one) for one in named))


@pytest.mark.parametrize("name", [Requirement(one).name for one in DIRECT])
def test_page_names_the_licence_that_is_installed(name: str) -> None:
    page = dict(ROW.findall((ROOT / "docs/dependencies.md").read_text(encoding="utf-8")))
    licence = declared(metadata(name))  # type: ignore[arg-type]  # PackageMetadata is the message's protocol
    assert licence, f"{name} declares no licence: read its files, and name it here"
    assert page.get(name) == licence


@pytest.mark.parametrize(
    ("headers", "licence"),
    [
        ([("License-Expression", "MIT"), ("License", "BSD")], "MIT"),
        ([("License", "PSFL"), ("Classifier", "License :: OSI Approved :: MIT License")], "PSF-2.0"),
        ([("License", "Permission\nis granted"), ("Classifier", "License :: OSI Approved :: MIT License")], "MIT"),
        ([("Classifier", f"License :: OSI Approved :: {one}") for one in ("MIT License", "BSD License")], "MIT OR BSD"),
        ([("Classifier", "Typing :: Typed")], ""),
    ],
)
def test_licence_is_read_from_each_form_of_metadata(headers: list[tuple[str, str]], licence: str) -> None:
    package = Message()
    for header in headers:
        package[header[0]] = header[1]
    assert declared(package) == licence
