"""Files that are replaced whole or not at all."""

import os
import shutil
from pathlib import Path


def put(path: Path, content: bytes):
    """Put `content` in the place of `path` in one step; its permissions stay.

    Raises `OSError`; what was there is then as it was.
    """
    part = part_of(path)
    try:
        with open(part, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            shutil.copymode(path, part)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def part_of(path: Path) -> Path:
    """The file that is written first and then renamed; a killed run may leave it behind."""
    return path.with_name(f".{path.name}.part")
