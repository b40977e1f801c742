"""The names of a module or class, and the code and defaults of functions, compared by identity and many at once.

`is` alone proves that a value is still the same: any other object may claim to equal it. Asked of each of some hundred
values, several times with each test, it costs more than the test; so the memory that CPython keeps of all is compared
in one piece. Where a Python keeps it elsewhere, the values are compared one after the other.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from gc import get_referents
from itertools import chain
from operator import attrgetter, is_, is_not
from types import FunctionType, ModuleType
from typing import Any, TypeAlias

from release_gate.in_pytest.source_code.memory import (
    ADDRESS,
    GATHERED,
    PIECE,
    READABLE,
    Pieces,
    addresses_of,
    packed,
    packed_or_none,
)

PARTS = attrgetter("__code__", "__defaults__", "__kwdefaults__")
"""Parts of a function that decide what it does; CPython keeps them side by side."""
Parts: TypeAlias = tuple[Any, ...]
Noted: TypeAlias = list[tuple[FunctionType, Parts]]
Known: TypeAlias = tuple[bytes, Noted, list[Parts]]
"""A state of functions, those of them that have changed in it, and the parts that these have."""
REPEATED = 64
"""Number of times after which Python has made a faster instruction of an assignment."""


def _place_of_parts() -> int | None:
    """The offset at which a function has the addresses of its parts, side by side; None if there is none."""

    def first(_: int = 1, *, more: int = 1) -> int:
        return more

    def second(_: int = 2, *, more: int = 2) -> int:
        return more + 1

    originals = PARTS(first)
    for offset in range(object.__basicsize__, FunctionType.__basicsize__ - 2 * ADDRESS, ADDRESS):
        piece, found = Pieces([id(first) + offset]), []
        for code, defaults, of_names in (PARTS(second), originals):
            first.__code__, first.__defaults__, first.__kwdefaults__ = code, defaults, of_names
            found.append(piece.read() == packed(code, defaults, of_names))
        if all(found):
            return offset
    return None


def _place_of_version() -> int | None:
    """The offset of a piece in which a dict has a number that every change of it makes another one; None without one.

    CPython has it before 3.14.
    """
    places = range(object.__basicsize__, dict.__basicsize__ - PIECE + 1, ADDRESS)
    return next((place for place in places if _counts_changes(place)), None)


def _counts_changes(offset: int) -> bool:
    """Change a module and a class in every way, often enough that Python takes the short cuts of a loop."""
    seen: list[bytes] = []
    samples: list[Any] = [ModuleType("sample"), type("Sample", (), {})]
    for one in samples:
        space = _space_of(vars(one))
        pieces = Pieces([id(space) + offset])
        for number in range(REPEATED):
            one.name = number
            seen.append(pieces.read())
            space["name"] = -number - 1
            seen.append(pieces.read())
        for change in (
            partial(space.update, name="other"),
            partial(space.update, more=1),
            partial(space.setdefault, "yet_more", 1),
            partial(space.pop, "more"),
            partial(space.__delitem__, "yet_more"),
            space.popitem,
            space.clear,
        ):
            change()
            seen.append(pieces.read())
    return len(set(seen)) == len(seen)


def _space_of(names: Mapping[str, Any]) -> dict[str, Any]:
    """The dict itself: vars() of a class is a view of it."""
    return names if isinstance(names, dict) else get_referents(names)[0]


PARTS_AT = _place_of_parts() if GATHERED else None
VERSION_AT = _place_of_version() if GATHERED else None


class Untouched:
    """Functions and names of which one comparison shows whether they are as they were.

    possible: False where Python does not keep what is needed. places: where the memory lies that is compared; state:
    reads it; kept: its content.
    """

    __slots__ = ("_alive", "_pieces", "kept", "places", "possible", "state")

    def __init__(self, functions: Iterable[FunctionType], spaces: Iterable[Mapping[str, Any]] = ()) -> None:
        owners = [*functions]
        names = [_space_of(space) for space in spaces]
        self._alive = owners, names
        self.possible = PARTS_AT is not None and (VERSION_AT is not None or not names)
        self.places: list[int] = []
        if self.possible:
            self.places = [id(one) + (PARTS_AT or 0) for one in owners]
            self.places += [id(one) + (VERSION_AT or 0) for one in names]
        self._pieces = Pieces(self.places)
        self.state = self._pieces.read
        self.renew()

    def renew(self) -> None:
        """Compare with what there is now from here on."""
        self.kept = self.state()

    def is_certain(self) -> bool:
        """True only if no function has other code or defaults, and no name was given a value."""
        return self.possible and self.state() == self.kept


class Joint:
    """One comparison for all that several compare."""

    __slots__ = ("_kept", "_parts", "_pieces", "_possible", "_state")

    def __init__(self, *parts: Untouched) -> None:
        self._parts = parts
        self._possible = all(one.possible for one in parts)
        self._pieces = Pieces(place for one in parts for place in one.places)
        self._state = self._pieces.read
        self.follow()

    def follow(self) -> None:
        """Compare with what the parts compare with by now."""
        self._kept = b"".join(one.kept for one in self._parts)

    def is_certain(self) -> bool:
        """True only if every part is certain."""
        return self._possible and self._state() == self._kept


def same_parts(functions: Iterable[FunctionType], parts: Iterable[Parts]) -> bool:
    """True if every function has the very parts that it had; objects of the same value are others."""
    return all(map(is_, chain.from_iterable(map(PARTS, functions)), chain.from_iterable(parts)))


class Codes:
    """The code and defaults of functions, as they were noted; they may have others by now.

    A state is the memory of all of them. The answer is remembered for the last one with a change, which is that of the
    cases of one test while the gate records their calls.
    """

    __slots__ = ("_last", "_noted", "_pieces", "_possible", "_unchanged")

    def __init__(self, noted: Iterable[tuple[FunctionType, Parts]]) -> None:
        self._noted = [*noted]
        self._possible = PARTS_AT is not None
        self._pieces = Pieces(id(function) + (PARTS_AT or 0) for function, _ in self._noted)
        # The noted parts are kept alive, so their addresses stand for them; CPython has nothing in the place of a None.
        self._unchanged = b"".join(packed_or_none(*parts) for _, parts in self._noted)
        self._last: Known = b"", [], []

    def changed(self) -> Noted:
        """The functions that have other parts, with the parts that they had; objects of the same value are others.

        Fast, as it runs several times with each test.
        """
        if not self._possible:
            return [(function, parts) for function, parts in self._noted if _differ(PARTS(function), parts)]
        state = self._pieces.read()
        if state == self._unchanged:
            return []
        if state == self._last[0]:
            return self._last[1]
        suspect = [self._noted[place] for place in _places_of_differences(state, self._unchanged, 0, len(self._noted))]
        present = [PARTS(function) for function, _ in suspect]  # kept alive, so that no address is used again
        found = [one for one, now in zip(suspect, present, strict=True) if _differ(now, one[1])]
        if self._pieces.read() == state:
            self._last = state, found, present
        return found


def _differ(present: Parts, noted: Parts) -> bool:
    return any(map(is_not, present, noted))


def _places_of_differences(state: bytes, other: bytes, first: int, end: int) -> Iterator[int]:
    """The numbers of the pieces that differ; halved and halved again, because nearly always there is one of many."""
    if state[first * PIECE : end * PIECE] == other[first * PIECE : end * PIECE]:
        return
    if end - first == 1:
        yield first
        return
    middle = (first + end) // 2
    yield from _places_of_differences(state, other, first, middle)
    yield from _places_of_differences(state, other, middle, end)


class Values:
    """All names and values as they are now; they are kept alive, so that no address is used again."""

    __slots__ = ("_addresses", "_kept", "_space", "_untouched")

    def __init__(self, space: Mapping[str, Any]) -> None:
        self._space = space
        self._kept = self._now()
        self._addresses = addresses_of(self._kept) if READABLE else b""
        self._untouched = Untouched((), [space])

    def are_same(self) -> bool:
        """True if nothing was added, removed, moved or replaced. A change may be one that nobody minds."""
        if self._untouched.is_certain():
            return True
        now = self._now()
        if READABLE:
            same = addresses_of(now) == self._addresses
        else:
            same = len(now) == len(self._kept) and all(map(is_, now, self._kept))
        if same:
            self._untouched.renew()
        return same

    def _now(self) -> tuple[object, ...]:
        return *self._space, *self._space.values()
