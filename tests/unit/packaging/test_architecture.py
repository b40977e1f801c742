"""The picture of docs/architecture.md shows the imports between the packages of app that no other ones imply, and each
folder has its floors."""

from __future__ import annotations

import ast
import re
import tomllib

from tests.unit.packaging.checkout import ROOT

ARROW = re.compile(r"^  (\w+)(?:\[.*?\])? --> (\w+)", re.MULTILINE)


def imports(drawn: set[str]) -> dict[str, set[str]]:
    """Drawn packages that each drawn package imports."""
    found: dict[str, set[str]] = {package: set() for package in drawn}
    for path in (ROOT / "app").rglob("*.py"):
        package = path.relative_to(ROOT / "app").parts[0].removesuffix(".py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [one.name for one in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                _, _, below = name.partition("app.")
                imported = below.partition(".")[0]
                if package in drawn and name.startswith("app.") and imported in drawn - {package}:
                    found[package].add(imported)
    return found


def reached(package: str, edges: dict[str, set[str]]) -> set[str]:
    """Packages that are imported by the package, directly or through others."""
    return edges[package].union(*(reached(one, edges) for one in edges[package]))


def test_picture_shows_the_imports_that_no_other_arrow_implies() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    arrows = set(ARROW.findall(text.partition("```mermaid")[2].partition("```")[0]))
    edges = imports({name for arrow in arrows for name in arrow})
    direct = {
        (package, one)
        for package, below in edges.items()
        for one in below
        if not any(one in reached(other, edges) for other in below - {one})
    }
    assert arrows == direct


def test_each_folder_with_several_modules_has_floors_that_name_each_of_them() -> None:
    linter = tomllib.loads((ROOT / "import_contracts.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    floors = {name for one in linter["contracts"] if one.get("exhaustive") for name in one["containers"]}
    folders = set()
    for root in linter["root_packages"]:
        top = ROOT / root.replace(".", "/")
        for folder in (top, *(path for path in top.rglob("*") if path.is_dir())):
            inside = [path for path in folder.glob("*.py") if path.name != "__init__.py"]
            inside += [path.parent for path in folder.glob("*/__init__.py")]
            if len(inside) > 1 and (folder / "__init__.py").is_file():
                folders.add(".".join(folder.relative_to(ROOT).parts))
    assert floors == folders
