"""I/O errors on demand, for a program that is started with ``FailingDisk.environment``."""

from __future__ import annotations

from pathlib import Path

from preload import compile_library, preloading

SOURCE = Path(__file__).with_name("failing_io.c")


class FailingDisk:
    """Makes writes of one program to the files under one directory fail with EIO."""

    def __init__(self, workplace: Path, files: Path) -> None:
        """Compile the library into ``workplace``; ``files`` is the directory whose files fail."""
        self._switch = workplace.resolve() / "failing"
        self._syncs = self._switch.with_suffix(".syncs")
        self.environment = preloading(compile_library(SOURCE, workplace)) | {
            "FAILING_IO_DIRECTORY": str(files.resolve()),
            "FAILING_IO_SWITCH": str(self._switch),
        }

    def fail(self, *, syncs_only: bool = False) -> None:
        """Start to fail. ``syncs_only``: writes succeed, but fsync fails."""
        (self._syncs if syncs_only else self._switch).touch()

    def heal(self) -> None:
        self._switch.unlink(missing_ok=True)
        self._syncs.unlink(missing_ok=True)
