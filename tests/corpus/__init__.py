"""Workbooks that nobody means to send, as data, and what must come of each of them."""
