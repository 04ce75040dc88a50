"""Compiles libraries that are preloaded into the program under test."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path


def compile_library(source: Path, directory: Path) -> Path:
    """The path of the library; ends the program without a compiler, or if compiling fails."""
    compiler = shutil.which("clang") or shutil.which("cc")
    if compiler is None:
        sys.exit("there is no C compiler: apt-get install clang")
    library = directory.resolve() / f"lib{source.stem}.so"
    command = [compiler, "-shared", "-fPIC", "-O1", "-Wall", "-Wextra", "-Werror", "-o", str(library), str(source)]
    if subprocess.run([*command, "-ldl"]).returncode != 0:
        sys.exit(f"{source} cannot be compiled")
    return library


def preloading(library: Path) -> dict[str, str]:
    """The variable that preloads a library, beside what is preloaded already."""
    return {"LD_PRELOAD": f"{library} {os.environ.get('LD_PRELOAD', '')}".strip()}
