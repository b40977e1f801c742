"""Documents that can be compared with what they describe, are."""

from __future__ import annotations

import json
import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.unit.packaging.checkout import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
PORTUGUESE = [f"docs/pt/{name}.md" for name in ("README", "lancamento", "dados", "planeamento")]
OWN = [
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    "README.md",
    "docs/README_PRODUCTION.md",
    "docs/OPERATIONS.md",
    "docs/PRODUCTION_READY_GUIDE.md",
    "docs/PROD_READY_IMPLEMENTATION.md",
    "docs/api.md",
    "docs/architecture.md",
    "docs/commands.md",
    "docs/testing/contract.md",
    "docs/criteria.md",
    "docs/dependencies.md",
    "docs/migrations.md",
    "docs/office/profile.md",
    "docs/office/questions.md",
    "docs/release_gate.md",
    "docs/honesty.md",
    "docs/glossary.md",
    *PORTUGUESE,
]


def named(requirements: list[str]) -> list[str]:
    return sorted(canonicalize_name(Requirement(text).name) for text in requirements)


@pytest.mark.parametrize(
    ("heading", "requirements"),
    [
        ("At run time", PROJECT["dependencies"]),
        ("In development and in the gate", PROJECT["optional-dependencies"]["dev"]),
    ],
)
def test_every_direct_dependency_is_explained_and_no_other(heading: str, requirements: list[str]) -> None:
    text = (ROOT / "docs/dependencies.md").read_text(encoding="utf-8")
    section = text.split(f"## {heading}\n")[1].split("\n## ")[0]
    rows = section.split("|---|---|---|\n")[1]
    explained = re.findall(r"^\| ([a-z0-9-]+) \| [^|]+ \| \S.{10,} \|$", rows, re.MULTILINE)
    assert sorted(explained) == named(requirements)


def test_every_direct_dependency_is_locked() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    locked = {canonicalize_name(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", lock, re.MULTILINE)}
    direct = PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"]
    assert set(named(direct)) <= locked


def test_page_of_commands_and_makefile_name_the_same_targets() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE)) - {"help"}
    page = (ROOT / "docs/commands.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`make ([a-z-]+)", page)) == targets


def test_readme_is_one_screen_with_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert len(readme.splitlines()) <= 60
    assert re.findall(r"^make ([a-z-]+) ", readme, re.MULTILINE) == ["prod-ready", "test"]


@pytest.mark.parametrize("document", OWN)
def test_links_lead_somewhere(document: str) -> None:
    path = ROOT / document
    links = re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8"))
    missing = [link for link in links if "://" not in link and not (path.parent / Path(link)).exists()]
    assert not missing


@pytest.mark.parametrize("document", OWN)
def test_make_commands_in_documents_exist(document: str) -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    typed = set(re.findall(r"`(?:\S+=\S+ )*make ([a-z-]+)", (ROOT / document).read_text(encoding="utf-8")))
    assert typed <= targets


@pytest.mark.parametrize("document", PORTUGUESE)
def test_routes_and_codes_on_portuguese_pages_exist(document: str) -> None:
    text = (ROOT / document).read_text(encoding="utf-8")
    examples = json.loads((ROOT / "app/api/examples.json").read_text(encoding="utf-8"))
    codes = re.findall(r"\b[A-Z_]{6,}\b", (ROOT / "docs/errors.md").read_text(encoding="utf-8"))
    files = {"/api/prodplan/orders.csv", "/api/quality/pareto.xlsx"}
    routes = {"/api/docs", *files, *(example.split()[1] for example in examples)}
    assert sorted(set(re.findall(r"`(/api/[a-z_./]+)", text)) - routes) == []
    first_cells = ", ".join(re.findall(r"^\| ([A-Z_, ]+_[A-Z_, ]+) \|", text, re.MULTILINE))
    assert sorted(set(first_cells.split(", ")) - {"", *codes}) == []
