"""A system's clock that can be set, for a program that is started with ``SteppingClock.environment``."""

from __future__ import annotations

import time
from pathlib import Path

from preload import preloading


class SteppingClock:
    """Shows one program a time that differs from the real one."""

    def __init__(self, library: Path, file: Path) -> None:
        """``file`` holds the difference."""
        self._file = file
        self.environment = preloading(library) | {"STEPPING_CLOCK": str(file)}

    def set(self, time_of_day: float) -> None:
        """Set it to seconds since 1970."""
        self._difference = round(time_of_day - time.time())
        new = self._file.with_suffix(".new")
        new.write_text(str(self._difference))
        new.replace(self._file)

    def now(self) -> float:
        """What it shows."""
        return time.time() + self._difference
