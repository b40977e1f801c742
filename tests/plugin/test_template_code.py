"""The compiled code of the page's templates, kept on disk from run to run."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader

from release_gate.telling.page.template_code import TemplateCode


class Counting(Environment):
    """Counts what it compiles."""

    compiled = 0

    def compile(self, *arguments: object, **named: object) -> object:  # type: ignore[override]
        self.compiled += 1
        return super().compile(*arguments, **named)  # type: ignore[call-overload]


def environment(folder: Path, maker: Path) -> Counting:
    return Counting(loader=FileSystemLoader(folder), bytecode_cache=TemplateCode(folder, [str(maker)]))


@pytest.fixture
def template(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A template whose code is on disk."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    monkeypatch.setattr(sys, "pycache_prefix", None)
    (tmp_path / "maker.py").write_text("one = 1\n")
    template = tmp_path / "page.html.j2"
    template.write_text("{{ kettle }} boils")
    assert told(template) == ("tea boils", 1)
    return template


def told(template: Path) -> tuple[str, int]:
    """The rendered text, and how many templates were compiled for it."""
    made = environment(template.parent, template.with_name("maker.py"))
    return made.get_template(template.name).render(kettle="tea"), made.compiled


def code(template: Path) -> Path:
    (found,) = (template.parent / "__pycache__").iterdir()
    return found


def test_template_is_compiled_once(template: Path) -> None:
    assert told(template) == ("tea boils", 0)


def test_changed_template_is_compiled_anew(template: Path) -> None:
    template.write_text("{{ kettle }} cools")
    assert told(template) == ("tea cools", 1)
    assert told(template) == ("tea cools", 0)


def test_template_is_compiled_anew_when_the_code_that_shapes_it_changed(template: Path) -> None:
    template.with_name("maker.py").write_text("one = 2\n")
    assert told(template) == ("tea boils", 1)


@pytest.mark.parametrize("keep", [0, 30, 70, -5])
def test_damaged_code_is_made_anew(template: Path, keep: int) -> None:
    code(template).write_bytes(code(template).read_bytes()[:keep])
    assert told(template) == ("tea boils", 1)


def test_nothing_is_written_where_python_writes_no_bytecode(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    code(template).unlink()
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert told(template) == ("tea boils", 1)
    assert list((template.parent / "__pycache__").iterdir()) == []


def test_release_with_a_bytecode_folder_of_its_own_reads_no_other(
    template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(tmp_path / "fresh"))
    assert told(template) == ("tea boils", 1)
    assert told(template) == ("tea boils", 0)


def test_folder_that_cannot_be_written_is_no_fault(template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "pycache_prefix", str(template))
    assert told(template) == ("tea boils", 1)
