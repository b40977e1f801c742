"""The declared format of what a project adds to the run's page: facts for its head, and sections of charts and tables.

A project's hook returns it, the gate keeps it in the run folder before the run is sealed, and the page is drawn from
the kept file: neither `render` nor `verify` runs code of the project.
"""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from release_gate.telling.bilingual import Short, Words

Tone = Literal["plain", "good", "warn", "bad"]


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Equal fields make equal parts; an unknown field is an error and not ignored."""


Text = Short | Words
Number = int | float


class Fact(_Strict, frozen=True):
    """A line at the head of the page: `rows`, 49 919."""

    label: Text
    value: Text | int | float
    tone: Tone = "plain"


class Quantity(_Strict, frozen=True):
    """A number with its name."""

    label: Text
    value: Number
    tone: Tone = "plain"


class Mark(_Strict, frozen=True):
    """A line drawn across a chart: a threshold, a quantile, a target."""

    label: Text
    value: Number
    tone: Tone = "plain"


class FlowRow(_Strict, frozen=True):
    """One stream: steps that it passes whole, then the ends into which it divides."""

    label: Text
    steps: list[Quantity]
    ends: list[Quantity]


class Flow(_Strict, frozen=True, tag="flow"):
    """Counts of things that came in, passed each step, and where they ended."""

    title: Text
    rows: list[FlowRow]
    unit: Text = ""


class Bar(_Strict, frozen=True):
    """One value with what it is compared with; no value is drawn as `not known`."""

    label: Text
    value: Number | None
    status: Text = ""
    tone: Tone = "plain"
    marks: list[Mark] = []
    notes: list[Text] = []


class Bars(_Strict, frozen=True, tag="bars"):
    """Values on one scale from 0 to `most`."""

    title: Text
    most: Number
    rows: list[Bar]
    unit: Text = ""

    def __post_init__(self) -> None:
        if self.most <= 0:
            raise ValueError("a scale ends above 0")


class Distribution(_Strict, frozen=True):
    """Counts of values between neighbouring edges; `earlier`: those of an earlier run, drawn behind."""

    label: Text
    edges: list[Number]
    counts: list[Annotated[int, msgspec.Meta(ge=0)]]
    earlier: list[Annotated[int, msgspec.Meta(ge=0)]] = []
    status: Text = ""
    tone: Tone = "plain"
    marks: list[Mark] = []
    notes: list[Text] = []

    def __post_init__(self) -> None:
        if len(self.edges) != len(self.counts) + 1 or len(self.earlier) not in (0, len(self.counts)):
            raise ValueError("a distribution has one edge more than counts, and as many earlier counts as counts")
        if any(low >= high for low, high in zip(self.edges, self.edges[1:], strict=False)):
            raise ValueError("the edges of a distribution must rise")


class Distributions(_Strict, frozen=True, tag="distributions"):
    """Distributions, each drawn on its own scale, linear or logarithmic."""

    title: Text
    rows: list[Distribution]
    unit: Text = ""
    scale: Literal["linear", "log"] = "linear"

    def __post_init__(self) -> None:
        drawn = [value for row in self.rows for value in (*row.edges, *(mark.value for mark in row.marks))]
        if self.scale == "log" and any(value <= 0 for value in drawn):
            raise ValueError("a logarithmic scale has only values above 0")


class SplitRow(_Strict, frozen=True):
    """One whole and its parts."""

    label: Text
    parts: list[Quantity]


class Split(_Strict, frozen=True, tag="split"):
    """The parts of several wholes."""

    title: Text
    rows: list[SplitRow]
    unit: Text = ""


class Node(_Strict, frozen=True):
    """A node with what lies below it."""

    label: Text
    value: Number | None = None
    tone: Tone = "plain"
    detail: Text = ""
    below: list[Node] = []


class Tree(_Strict, frozen=True, tag="tree"):
    """Nodes that can be opened; those with the tone `bad` or `warn` are open from the start."""

    title: Text
    roots: list[Node]
    unit: Text = ""


class Table(_Strict, frozen=True, tag="table"):
    """Rows of cells; `left_out`: how many rows more there are."""

    title: Text
    columns: list[Text]
    rows: list[list[Text | int | float | None]]
    left_out: int = 0

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError("each row of a table has one cell for each column")


class Note(_Strict, frozen=True, tag="note"):
    """A sentence."""

    text: Text
    tone: Tone = "plain"


Block = Flow | Bars | Distributions | Split | Tree | Table | Note


class Section(_Strict, frozen=True):
    """A heading and what stands under it."""

    title: Text
    blocks: list[Block]
    summary: Text = ""


class ProjectPart(_Strict, frozen=True):
    """The part of one hook."""

    facts: list[Fact] = []
    sections: list[Section] = []


def part_of(told: object) -> ProjectPart:
    """Check what a hook returned. Raises msgspec.ValidationError, a ValueError."""
    return msgspec.convert(told, ProjectPart)
