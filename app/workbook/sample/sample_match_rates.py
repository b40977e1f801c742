"""The match rates of a sample, from which its gates follow."""

from __future__ import annotations

from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares from 0 to 1, over what each gate counts.

    employee_productivity: assignments whose phase exists. produto_join: distinct products of orders that exist.
    error_attribution: culprit phases that exist. standard_route: routing steps whose product exists.
    The defaults show gating at work: the first is DISABLED, the second DEGRADED, the others ENABLED.
    """

    employee_productivity: float = 0.323
    produto_join: float = 0.725
    error_attribution: float = 0.98
    standard_route: float = 1.0

    def __post_init__(self) -> None:
        for field in fields(self):
            rate = getattr(self, field.name)
            if not 0 <= rate <= 1:
                raise ValueError(f"the rate {field.name} is from 0 to 1, not {rate}")
