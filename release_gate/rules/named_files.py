"""Checks the files that a declaration names: inside the project, existing, of the right kind, and usable."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from release_gate.rules.declared import DeclaredGate, FormError, Place
from release_gate.rules.model import BLOCKED, PAGE, TRIAGE
from release_gate.rules.validity import InvalidSchema, read_schema

RESERVED = frozenset(
    name.casefold()
    for name in (
        "journal.jsonl",
        "journal.damaged.jsonl",
        "RELEASE_GATE_RESULT.json",
        "RELEASE_GATE_RESULT.intoto.json",
        "RELEASE_GATE_RESULT.intoto.dsse.json",
        PAGE,
        "release_report.json",
        "stacks.txt",
        "stacks_asked.txt",
    )
)
"""Names of files that the gate writes itself, in small letters: a declaration can name none as artefact or schema's."""


def faults_of_files(form: DeclaredGate, root: Path) -> Iterator[FormError]:
    """Yield an error for each declared path that cannot be used as its key requires."""
    try:
        yield from _faults(form, root)
    except (OSError, RuntimeError, ValueError) as error:  # a name too long, a circle of links
        yield FormError(
            (),
            f"a path that is declared cannot be followed: {getattr(error, 'strerror', None) or type(error).__name__}.",
        )


def within(root: Path, path: str) -> bool:
    """True if a path stays within the project; False if it cannot be resolved."""
    try:
        return (root / path).resolve().is_relative_to(root.resolve())
    except (OSError, RuntimeError, ValueError):
        return False


def _faults(form: DeclaredGate, root: Path) -> Iterator[FormError]:
    for key in ("runs_dir", "docs_dir"):
        yield from _fault_of_link((key,), root / getattr(form, key), root)
    if form.lock is not None:
        yield from _faults_of_required_file(root, "lock", form.lock)
    yield from _fault_of_place(root, ("waivers",), form.waivers)
    if (root / form.waivers).is_dir():
        yield FormError(("waivers",), f'"{form.waivers}" is a folder, not a file.')
    elif (root / form.waivers).exists() and not (root / form.waivers).is_file():
        yield FormError(("waivers",), f'"{form.waivers}" is a pipe, a socket or a device, not a file.')
    for index, path in enumerate(form.paths):
        yield from _fault_of_place(root, ("paths", index), path)
        if not (root / path).exists():
            yield FormError(("paths", index), f'"{path}" is not there.')
    for key in ("runs_dir", "docs_dir"):
        path = getattr(form, key)
        if (root / path).exists() and not (root / path).is_dir():
            yield FormError((key,), f'"{path}" is a file, not a folder.')
    yield from _faults_of_documents(form, root)
    yield from _fault_of_runs_dir(form, root)
    for index, name in enumerate(form.artefacts):
        yield from _fault_of_artefact(("artefacts", index), name)
    for name, schema in form.schemas.items():
        yield from _fault_of_artefact(("schemas", name), name)
        yield from _faults_of_schema(root, name, schema)


def _fault_of_link(place: Place, path: Path, root: Path) -> Iterator[FormError]:
    """Refuse a link, at a path or on the way to it, that leads to nothing or back to itself."""
    for one in (path, *path.parents):
        if one.is_symlink() and not one.exists():
            shown = one.relative_to(root) if one.is_relative_to(root) else one
            why = f'"{shown}" is a link to "{one.readlink()}", where nothing is: make that, or remove the link.'
            yield FormError(place, why)


def _faults_of_documents(form: DeclaredGate, root: Path) -> Iterator[FormError]:
    for name in (BLOCKED, TRIAGE):
        if (root / form.docs_dir / name).is_dir():
            why = f'"{form.docs_dir}/{name}" is a folder, and the gate writes a file of that name: move the folder.'
            yield FormError(("docs_dir",), why)


def _fault_of_runs_dir(form: DeclaredGate, root: Path) -> Iterator[FormError]:
    """Refuse a folder of runs that contains tests or sources, or lies among them."""
    runs, top = (root / form.runs_dir).resolve(), root.resolve()
    tests = [(root / path).resolve() for path in form.paths]
    if top.is_relative_to(runs):
        where = "is the project's folder or around it"
    elif any(runs.is_relative_to(one) or one.is_relative_to(runs) for one in tests):
        where = "lies in or around the tests"
    elif any(runs.glob("*/__init__.py")) or any(
        _holds_code(one) for one in (runs, *runs.parents) if one != top and one.is_relative_to(top)
    ):
        where = "lies in or around tests or source"
    else:
        return
    yield FormError(
        ("runs_dir",),
        f'"{form.runs_dir}" {where}, so that runs and what they judge could not be told apart: '
        'name a folder of its own, such as "docs/_runs".',
    )


def _holds_code(folder: Path) -> bool:
    """True for a package, the folder of the sources, or a folder with tests."""
    if folder.name == "src" or (folder / "__init__.py").exists() or (folder / "conftest.py").exists():
        return True
    return any(folder.glob("test_*.py")) or any(folder.glob("*_test.py"))


def _fault_of_place(root: Path, place: tuple[str | int, ...], path: str) -> Iterator[FormError]:
    if Path(path).is_absolute():
        yield FormError(place, f'"{path}" must be relative to the project.')
    elif not within(root, path):
        yield from _fault_of_link(place, root / path, root)
        yield FormError(place, f'"{path}" leaves the project.')


def _faults_of_required_file(root: Path, key: str, path: str, *below: str) -> Iterator[FormError]:
    place = (key, *below)
    yield from _fault_of_place(root, place, path)
    if (root / path).is_dir():
        yield FormError(place, f'"{path}" is a folder, not a file.')
    elif not (root / path).is_file():
        yield FormError(place, f'the file "{path}" is not there.')


def _fault_of_artefact(place: tuple[str | int, ...], name: str) -> Iterator[FormError]:
    parts = PurePosixPath(name).parts
    if PurePosixPath(name).is_absolute() or ".." in parts or PurePosixPath(name).as_posix() != name or name == ".":
        yield FormError(place, f'"{name}" must be the plain path of a file within the run folder.')
    elif name.casefold() in RESERVED:
        yield FormError(place, f'"{name}" is written by the gate itself and is no artefact of a check.')


def _faults_of_schema(root: Path, name: str, schema: str) -> Iterator[FormError]:
    fault = next(_faults_of_required_file(root, "schemas", schema, name), None)
    if fault is not None:
        yield fault
        return
    try:
        read_schema(root / schema)
    except InvalidSchema as error:
        yield FormError(("schemas", name), f'"{schema}" {error}')
