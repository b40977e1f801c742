"""Figures are shown without the noise of binary fractions, and computed with all of their digits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.planning.snapshot.answer import Answer, Figure


class Weighed(Answer):
    """A model with figures in the form of the answers."""

    weight_kg: Figure
    ratio: Figure | None


@pytest.mark.parametrize(
    ("figure", "text"),
    [(22.619999999999997, "22.62"), (0.1 + 0.2, "0.3"), (0.0, "0.0"), (1 / 3, "0.333333333333"), (-2.5e-9, "-2.5e-9")],
)
def test_noise_is_not_shown(figure: float, text: str) -> None:
    weighed = Weighed(weight_kg=figure, ratio=None)
    assert weighed.model_dump_json() == f'{{"weight_kg":{text},"ratio":null}}'
    assert weighed.weight_kg == figure


@given(st.floats(allow_nan=False, allow_infinity=False, max_value=1e300, min_value=-1e300))
def test_what_is_shown_is_the_figure_to_twelve_digits(figure: float) -> None:
    told = Weighed.model_validate_json(Weighed(weight_kg=1, ratio=figure).model_dump_json())
    assert told.ratio is not None
    assert math.isclose(told.ratio, figure, rel_tol=1e-11, abs_tol=1e-300)
