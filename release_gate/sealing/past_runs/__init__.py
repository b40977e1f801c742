"""The runs on this disk: their index, their recurring findings, and their usual times."""
