"""List the files of a folder or zip file, whatever their names and whatever is wrong with them.

Names in a zip file are never used as paths.
"""

from __future__ import annotations

import io
import os
import re
import stat
import time
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO

from classroom.grading import NotUsable, describe, printable
from classroom.grading.platforms import Parts, choose_layout
from classroom.spreadsheet import inert

_LITTER = re.compile(  # files that systems leave behind
    r"__MACOSX|\._.*|\.DS_Store|\.ipynb_checkpoints|Thumbs\.db|desktop\.ini|__pycache__|\.git",
    re.DOTALL,
)


@dataclass(frozen=True)
class File:
    """A file of the class, or one in a student's zip file."""

    path: Parts  # in what was handed in; zip files count as folders
    changed: float = 0  # seconds, as in time.time()
    open: Callable[[], IO[bytes]] = io.BytesIO  # may raise anything
    problem: str = ""  # why it cannot be opened
    is_folder: bool = False  # a folder that cannot be read

    @property
    def name(self) -> str:
        """Return the path in a form that can be printed and stored."""
        return inert(printable(unicodedata.normalize("NFC", "/".join(self.path))))

    @property
    def ending(self) -> str:
        """Return the extension, such as `.ipynb`."""
        return PurePosixPath(self.path[-1]).suffix.lower()


def list_submitted_files(source: Path, opened: ExitStack) -> list[File]:
    """Return the files of a folder or zip file; if a folder has only one zip file, of that.

    Args:
        source: the folder or zip file.
        opened: closes the zip file when it is no longer needed.

    Raises:
        NotUsable: the folder or zip file cannot be read.
    """
    try:
        if not source.is_dir():
            return list(files_in_zip(opened.enter_context(zipfile.ZipFile(source))))
        files = list(_files_below(source))
    except Exception as error:
        raise NotUsable(
            f"{source} cannot be read ({describe(error)}). Download or copy it again."
        ) from error
    if [file.ending for file in files if len(file.path) == 1] == [".zip"] and len(files) == 1:
        with suppress(Exception):  # in that case, it is a submission that cannot be read
            archive = opened.enter_context(zipfile.ZipFile(source.joinpath(*files[0].path)))
            inside = list(files_in_zip(archive))
            if choose_layout((*files[0].path, *file.path) for file in inside).top:
                return inside
    return files


def files_in_zip(archive: zipfile.ZipFile, above: Parts = ()) -> Iterator[File]:
    """Generate the files in a zip file.

    Args:
        archive: the zip file.
        above: the path of the zip file, if it is a submission.
    """
    for member in archive.infolist():
        path = _path_of(member)
        if not member.is_dir() and not any(map(_LITTER.fullmatch, path)):
            changed = time.mktime((*member.date_time, 0, 0, -1))
            yield File((*above, *path), changed, partial(archive.open, member))


def _files_below(top: Path) -> Iterator[File]:
    """Generate the files in a folder and its subfolders."""
    unreadable: list[OSError] = []
    for above, folders, names in os.walk(top, onerror=unreadable.append):
        folders[:] = [name for name in folders if not _LITTER.fullmatch(name)]
        for name in (*folders, *names):
            path = Path(above, name)
            status, parts = path.lstat(), path.relative_to(top).parts
            if stat.S_ISREG(status.st_mode) and not _LITTER.fullmatch(name):
                yield File(parts, status.st_mtime, partial(io.FileIO, path))
            elif not stat.S_ISDIR(status.st_mode) and not _LITTER.fullmatch(name):
                yield File(parts, problem="a link or a device, not a file")
    for error in unreadable:
        parts = Path(error.filename).relative_to(top).parts
        if not parts:
            raise error
        problem = f"a folder that cannot be read ({error.strerror})"
        yield File(parts, problem=problem, is_folder=True)


def _path_of(member: zipfile.ZipInfo) -> Parts:
    """Return the parts of a member's path, without parts that lead out of the folder.

    >>> _path_of(zipfile.ZipInfo("../../C:/a.ipynb"))
    ('C:', 'a.ipynb')
    """
    name = member.filename
    if not member.flag_bits & 0x800:  # does not say that it is UTF-8, but often is
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    parts = re.split(r"[/\\]", name)
    return tuple(part for part in parts if part not in ("", ".", "..")) or ("(no name)",)
