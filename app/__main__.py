"""`python3 -m app`: the commands of the backend."""

from __future__ import annotations

from app.cli import main

if __name__ == "__main__":
    main()
