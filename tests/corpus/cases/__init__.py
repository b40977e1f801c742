"""The cases of the corpus."""

from tests.corpus.case import Case
from tests.corpus.cases import cells, files, losses, names, packages, paths, runs, sheets, texts

CASES: tuple[Case, ...] = (
    *cells.CASES, *texts.CASES, *sheets.CASES, *names.CASES, *packages.CASES, *files.CASES, *paths.CASES, *runs.CASES,
    *losses.CASES,
)  # fmt: skip

__all__ = ["CASES"]
