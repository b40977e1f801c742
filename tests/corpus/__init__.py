"""Workbooks that are sent by mistake, as data, and the expected result of each."""
