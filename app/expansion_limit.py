"""The default limit of a workbook's size when unzipped.

It is stated apart from the settings because the reading processes need it, and the settings' libraries would take two
fifths of their start.
"""

from __future__ import annotations

DEFAULT_MAX_EXPANDED_MB = 4096
