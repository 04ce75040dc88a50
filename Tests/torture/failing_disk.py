"""I/O errors on demand, for a program that is started with ``FailingDisk.environment``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).with_name("failing_io.c")


class FailingDisk:
    """Makes writes of one program to the files under one directory fail with EIO."""

    def __init__(self, workplace: Path, files: Path) -> None:
        """Compile the library into ``workplace``; ``files`` is the directory whose files fail."""
        library = compile_library(workplace)
        self._switch = workplace.resolve() / "failing"
        self._syncs = self._switch.with_suffix(".syncs")
        before = os.environ.get("LD_PRELOAD", "")
        self.environment = {
            "LD_PRELOAD": f"{library} {before}".strip(),
            "FAILING_IO_DIRECTORY": str(files.resolve()),
            "FAILING_IO_SWITCH": str(self._switch),
        }

    def fail(self, *, syncs_only: bool = False) -> None:
        """Start to fail. ``syncs_only``: writes succeed, but fsync fails."""
        (self._syncs if syncs_only else self._switch).touch()

    def heal(self) -> None:
        self._switch.unlink(missing_ok=True)
        self._syncs.unlink(missing_ok=True)


def compile_library(directory: Path) -> Path:
    """The path of the library; ends the program without a compiler, or if compiling fails."""
    compiler = shutil.which("clang") or shutil.which("cc")
    if compiler is None:
        sys.exit("there is no C compiler: apt-get install clang")
    library = directory.resolve() / "libfailing_io.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", str(library), str(SOURCE)]
    if subprocess.run([*command, "-ldl"]).returncode != 0:
        sys.exit(f"{SOURCE} cannot be compiled")
    return library
