"""The factory's catalogues."""

from __future__ import annotations

from app.api.schemas.answered import Answered
from app.planning.master_data import EmployeeCatalogue, PhaseCatalogue, ProductCatalogue, SkillMatrix


class PhasesAnswer(Answered, PhaseCatalogue):
    """The phases."""


class ProductsAnswer(Answered, ProductCatalogue):
    """A page of the products."""


class EmployeesNumbersAnswer(Answered, EmployeeCatalogue):
    """The employees' numbers."""


class SkillsAnswer(Answered, SkillMatrix):
    """The skill matrix."""
