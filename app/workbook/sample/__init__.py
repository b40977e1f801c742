"""A synthetic workbook with the real one's shape, proportions and faults, without real data."""

from app.workbook.sample.generation import sample_rows, write_sample
from app.workbook.sample.sample_match_rates import Rates

__all__ = ["Rates", "sample_rows", "write_sample"]
