"""The workbook's cells, typed, its rows in DuckDB, and the time of its export."""
