"""The knowledge base that `kb new` begins with: `data/`, an article's text and a README, on an invented topic.

Every file of this folder but its modules is copied as it is, with `$today` for the day.
"""

from collections.abc import Iterator
from datetime import date
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path, PurePosixPath

from kb.files import put

#: Files whose own name would act on this repository, and the names they get.
RENAMED = {"gitignore": ".gitignore"}


class Occupied(Exception):
    """Something is in the way of a new knowledge base; the message says what, in one line."""


def write(folder: Path, today: date) -> list[str]:
    """A valid example in a folder that is empty or not there; returns its files' paths, relative to it.

    Raises `Occupied`, and `OSError`.
    """
    if folder.exists() and not folder.is_dir():
        raise Occupied(f"{folder} is a file; name a folder that is new or empty")
    if folder.is_dir() and any(folder.iterdir()):
        raise Occupied(f"{folder} is not empty; name a folder that is new or empty")
    written = []
    for path, file in _files(files(__package__)):
        place = folder / path.with_name(RENAMED.get(path.name, path.name))
        place.parent.mkdir(parents=True, exist_ok=True)
        put(place, file.read_text(encoding="utf-8").replace("$today", today.isoformat()).encode())
        written.append(place.relative_to(folder).as_posix())
    return sorted(written)


def _files(folder: Traversable) -> Iterator[tuple[PurePosixPath, Traversable]]:
    """Every file in a folder and its folders, with its path inside."""
    for entry in folder.iterdir():
        if entry.is_dir() and entry.name != "__pycache__":
            yield from ((entry.name / path, file) for path, file in _files(entry))
        elif entry.is_file() and not entry.name.endswith(".py"):
            yield PurePosixPath(entry.name), entry
