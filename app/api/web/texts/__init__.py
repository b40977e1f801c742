"""The texts of the pages: words, numbers, and their translation."""
