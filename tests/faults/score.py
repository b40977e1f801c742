"""Rates of the proof with their confidence intervals, and docs/perf/GATE_PROOF.json, which holds them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from enum import StrEnum
from statistics import NormalDist

import msgspec

from tests.faults.catalogue import ROOT
from tests.faults.proving import NOT_MEASURED, NOTHING_RAN, PASSED_OVER, TIMED_OUT, WAS_SKIPPED, Proof

DOCUMENT = ROOT / "docs" / "perf" / "GATE_PROOF.json"
CONFIDENCE = 0.95


class Ending(StrEnum):
    """The ending of a fault."""

    CAUGHT = "caught"
    MISSED = "missed"
    MISATTRIBUTED = "misattributed"
    TIMED_OUT = "timed out"
    NOT_MEASURED = "not measured"
    NOT_TRIED = "not tried"


class Rate(msgspec.Struct, frozen=True):
    """A share with the Wilson score interval (Wilson 1927) of 95 % confidence; null where nothing was counted."""

    count: int
    of: int
    rate: float | None
    low: float | None
    high: float | None


def ending_of(proof: Proof | None) -> Ending:
    """The ending of a fault; None: it was not tried as it is declared now."""
    if proof is None or proof.told.startswith(NOTHING_RAN):
        return Ending.NOT_TRIED
    if proof.seen:
        return Ending.CAUGHT
    for beginning, ending in ((NOT_MEASURED, Ending.NOT_MEASURED), (TIMED_OUT, Ending.TIMED_OUT)):
        if proof.told.startswith(beginning):
            return ending
    return Ending.MISSED if proof.told.endswith((PASSED_OVER, WAS_SKIPPED)) else Ending.MISATTRIBUTED


def rate_of(count: int, of: int) -> Rate:
    """`count` of `of` as a rate with its interval. Raises ValueError unless 0 <= count <= of."""
    if not 0 <= count <= of:
        raise ValueError(f"{count} of {of} is no rate")
    if not of:
        return Rate(0, 0, None, None, None)
    z, share = NormalDist().inv_cdf((1 + CONFIDENCE) / 2), count / of
    centre, divisor = share + z * z / (2 * of), 1 + z * z / of
    spread = z * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    low, high = max(0.0, (centre - spread) / divisor), min(1.0, (centre + spread) / divisor)
    return Rate(count, of, round(share, 4), round(low, 4), round(high, 4))


def rates(endings: Iterable[Ending], clean: Sequence[bool]) -> dict[str, Rate]:
    """The rates by name. clean: for each run without a fault, whether a check failed in it.

    A fault that was not tried or not measured is in none. One that timed out counts as tried, and is neither caught nor
    attributed. Attribution is the share of the noticed faults that were caught by their own check.
    """
    counted = Counter(endings)
    tried = sum(counted[one] for one in (Ending.CAUGHT, Ending.MISSED, Ending.MISATTRIBUTED, Ending.TIMED_OUT))
    noticed = counted[Ending.CAUGHT] + counted[Ending.MISATTRIBUTED]
    return {
        "caught": rate_of(counted[Ending.CAUGHT], tried),
        "missed": rate_of(counted[Ending.MISSED], tried),
        "timed_out": rate_of(counted[Ending.TIMED_OUT], tried),
        "attribution": rate_of(counted[Ending.CAUGHT], noticed),
        "false_alarms": rate_of(sum(clean), len(clean)),
    }


def document(endings: Sequence[Ending], clean: Sequence[bool]) -> bytes:
    """docs/perf/GATE_PROOF.json: how many faults ended in which way, and the rates."""
    counted = Counter(endings)
    told = {
        "confidence": CONFIDENCE,
        "interval": "Wilson score",
        "faults": len(endings),
        "endings": {ending.value: counted[ending] for ending in Ending},
        "clean_runs": len(clean),
        "rates": rates(endings, clean),
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"


def shown(rate: Rate) -> str:
    """A rate for people, in per cent."""
    if rate.rate is None or rate.low is None or rate.high is None:
        return "nothing was counted"
    return f"{rate.count} of {rate.of}: {rate.rate:.1%} ({rate.low:.1%} to {rate.high:.1%})"
