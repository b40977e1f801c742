"""An independent oracle: every answer recomputed from the workbook, sharing no code with the backend.

openpyxl reads the cells, Python types them by a table of its own, DuckDB refuses rows and computes the answers. Nothing
here imports the backend, and its definitions are written anew from docs/kpis.md, so that a mistake made twice must be
made independently.
"""

from tests.oracle.answers import Oracle
from tests.oracle.comparison import differences

__all__ = ["Oracle", "differences"]
