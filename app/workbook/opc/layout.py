"""The parts of a package with its sheets, texts and formats, found by relationships; names are compared as OPC does.

Two names are equal when they differ only in case, in %20 for a blank, in `\\` for `/`, or in `.` and `..`.
"""

from __future__ import annotations

import posixpath
import zipfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from app.workbook.errors import FEW, WorkbookRefused, shortened
from app.workbook.opc.xml_walk import SPACE, XML_BLANKS, local_name, main_name, truth, walk

USUAL_WORKBOOK = "xl/workbook.xml"
RELATIONSHIP_SPACES = (
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships",
    "http://purl.oclc.org/ooxml/officeDocument/relationships",
)
ONCE = {("workbook", "workbookPr"), ("workbook", "sheets")}


@dataclass(slots=True)
class Layout:
    """sheets: part by name, in the workbook's order. texts, formats: their parts, if there are any.

    others: sheets of another kind (charts, dialogs) by name, with their kind. twice: sheet names of which there are two
    when case and outer blanks do not count. is_1904: days are counted from 1904 instead of 1900. is_uncalculated: the
    stored results of formulas may be anything (`_are_stale`).
    """

    sheets: dict[str, str] = field(default_factory=dict)
    others: dict[str, str] = field(default_factory=dict)
    twice: list[tuple[str, str]] = field(default_factory=list)
    texts: str | None = None
    formats: str | None = None
    is_1904: bool = False
    is_uncalculated: bool = False


@dataclass(frozen=True, slots=True)
class _Relation:
    kind: str
    part: str


def part_names(archive: zipfile.ZipFile) -> dict[str, str]:
    """The name of each file in the zip, by its normal form (`_same`). Raises BadZipFile when two have the same form."""
    found: dict[str, str] = {}
    for entry in archive.infolist():
        if entry.is_dir():
            continue
        if found.setdefault(_same("", entry.filename), entry.filename) != entry.filename:
            raise zipfile.BadZipFile(f"the part {entry.filename} stands in it twice")
    if len(found) != sum(not entry.is_dir() for entry in archive.infolist()):
        raise zipfile.BadZipFile("a part stands in it twice")
    return found


def workbook_layout(archive: zipfile.ZipFile, names: Mapping[str, str]) -> Layout | None:
    """The layout; None for a package without a workbook. Raises KeyError for a missing part."""
    workbook = _only(_relations(archive, names, ""), "officeDocument") or USUAL_WORKBOOK
    if workbook not in names:
        return None
    relations = _relations(archive, names, workbook)
    layout = Layout()
    listed = _listed(archive, names[workbook], layout)
    texts, formats = (_only(relations, kind) for kind in ("sharedStrings", "styles"))
    layout.texts = _existing(names, texts) if texts else None
    layout.formats = _existing(names, formats) if formats else None
    folded: dict[str, str] = {}
    for name, relation_id in listed:
        first = folded.setdefault(name.strip().casefold(), name)
        if first != name or name in layout.sheets or name in layout.others:
            layout.twice.append((first, name))
        relation = relations[relation_id]
        if relation.kind == "worksheet":
            layout.sheets[name] = _existing(names, relation.part)
        else:
            layout.others[name] = relation.kind
    return layout


def require_unambiguous(workbook_name: str, layout: Layout, wanted: Collection[str]) -> None:
    """Raises WorkbookRefused: DUPLICATE_SHEET when two sheets have a wanted name, DAMAGED when a wanted sheet is no
    sheet of cells or shares its part with another."""
    known = {name.casefold() for name in wanted}
    for first, second in layout.twice:
        if first.strip().casefold() in known:
            raise WorkbookRefused(
                "DUPLICATE_SHEET",
                f"{workbook_name} has two sheets of one name, '{shortened(first)}' and '{shortened(second)}':"
                " delete the one that does not count and save it again.",
            )
    for name in wanted:
        if name in layout.others:
            kind = shortened(layout.others[name])
            raise WorkbookRefused("DAMAGED", f"{workbook_name}, sheet {name}: it is a {kind}, not a sheet of cells.")
        sharing = [other for other, part in layout.sheets.items() if part == layout.sheets.get(name)]
        if len(sharing) > 1:
            others, part = ", ".join(map(shortened, sharing[:FEW])), shortened(layout.sheets[name])
            raise WorkbookRefused(
                "DAMAGED",
                f"{workbook_name}: the sheets {others} are one and the same part, {part}:"
                " export it from the ERP again.",
            )


def _listed(archive: zipfile.ZipFile, part: str, layout: Layout) -> list[tuple[str, str]]:
    """(name, relationship) of each sheet. Sets `is_1904` and `is_uncalculated` of the layout."""
    listed: list[tuple[str, str]] = []
    path: list[str] = []
    seen: set[tuple[str, ...]] = set()

    def start(name: str, attributes: dict[str, str]) -> None:
        path.append(main_name(name))
        if len(path) == 1 and path != ["workbook"]:
            raise ValueError("it is no list of sheets")
        if tuple(path) in ONCE:
            if tuple(path) in seen:
                raise ValueError(f"<{path[-1]}> stands twice in the workbook")
            seen.add(tuple(path))
        if path == ["workbook", "workbookPr"]:
            layout.is_1904 = _truth(attributes, "date1904")
        elif path[-1] == "calcPr":  # in an alternative too, which a reader may choose
            layout.is_uncalculated |= _are_stale(attributes)
        elif local_name(name) == "workbookPr" and "date1904" in attributes:
            raise ValueError("<workbookPr> stands where none can, and it says how days are counted")
        elif path == ["workbook", "sheets", "sheet"]:
            ids = [attributes[key] for space in RELATIONSHIP_SPACES if (key := f"{space}{SPACE}id") in attributes]
            if not ids:
                raise ValueError(f"sheet {attributes.get('name')} names no part")
            listed.append((attributes.get("name", ""), ids[0]))

    def end(_: str) -> None:
        path.pop()

    with archive.open(part) as file:
        walk(file, start, end)
    return listed


def _are_stale(calculation: Mapping[str, str]) -> bool:
    """True if a workbook with these settings was saved without calculating its formulas, or asks for it on opening."""
    is_by_hand = calculation.get("calcMode", "").strip(XML_BLANKS) == "manual"
    return (
        _truth(calculation, "fullCalcOnLoad")
        or not _truth(calculation, "calcCompleted", "1")
        or (is_by_hand and not _truth(calculation, "calcOnSave", "1"))
    )


def _truth(attributes: Mapping[str, str], name: str, default: str = "0") -> bool:
    """A setting. Raises ValueError if it is neither true nor false."""
    found = truth(told := attributes.get(name, default))
    if found is None:
        raise ValueError(f"{name} is {told[:20]!r}, which is neither true nor false")
    return found


def _relations(archive: zipfile.ZipFile, names: Mapping[str, str], part: str) -> dict[str, _Relation]:
    """The relationships of a part by id; an empty name means the package."""
    folder, name = posixpath.split(part)
    at = posixpath.join(folder, "_rels", f"{name}.rels")
    found: dict[str, _Relation] = {}

    def start(_: str, attributes: dict[str, str]) -> None:
        if "Id" not in attributes or attributes.get("TargetMode") == "External":
            return
        if attributes["Id"] in found:
            raise ValueError(f"the relationship {attributes['Id']} stands twice")
        kind = attributes.get("Type", "").rpartition("/")[2]
        found[attributes["Id"]] = _Relation(kind, _same(folder, attributes.get("Target", "")))

    if at in names:
        with archive.open(names[at]) as file:
            walk(file, start)
    elif part:
        raise KeyError(f"there is no {at}")
    return found


def _same(folder: str, target: str) -> str:
    """The normal form of a part's name, for a target seen from a folder."""
    target = unquote(target.replace("\\", "/"))
    joined = target if target.startswith("/") else f"/{folder}/{target}"
    return "/".join(_resolved(joined)).lower()


def _resolved(path: str) -> Iterator[str]:
    kept: list[str] = []
    for step in path.split("/"):
        if step == "..":
            del kept[-1:]
        elif step not in ("", "."):
            kept.append(step)
    return iter(kept)


def _only(relations: Mapping[str, _Relation], kind: str) -> str | None:
    """The part of a kind that occurs at most once. Raises ValueError when there are two."""
    parts = sorted({relation.part for relation in relations.values() if relation.kind == kind})
    if len(parts) > 1:
        raise ValueError(f"it has {len(parts)} parts of the kind {kind}: {', '.join(parts)}")
    return parts[0] if parts else None


def _existing(names: Mapping[str, str], part: str) -> str:
    if part not in names:
        raise KeyError(f"there is no {part}")
    return names[part]
