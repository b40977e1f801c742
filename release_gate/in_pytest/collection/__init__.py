"""Collection: the tests that pytest generates, and the modules of checks in which they stand."""
