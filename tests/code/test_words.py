"""Find words that the course does not use, and name better ones: docs/CONTRIBUTING.md, *Words*."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest

from tools.lessons import ROOT
from tools.student_copies import solved_notebooks

# Nouns before which "tuning" and "text" only describe: a tuning job, a text file.
_JOBS = "algorithm|code|function|job|library|loop|method|module|notebook|page|run|script|tool"
_FILES = "box|cell|column|editor|field|file|format|message|mode|search"
_WHICH = (
    "a|an|another|any|each|every|first|last|next|no|one|other|per|same|second|that|the|this|whole"
)
_STEMS = (
    "critic|emphas|general|initial|maxim|minim|normal|optim|organ|parallel|random|real|recogn|"
    "serial|special|standard|summar|util|visual"
)
# The words to avoid, and what to write instead.
ANY_CASE = {
    rf"\btunings\b|\btuning's\b|\b(?:{_WHICH}) tuning\b(?! (?:{_JOBS})s?\b)": "sweep",
    rf"(?<!alternative )\btexts\b|\ba text\b(?! (?:{_FILES})s?\b)": "string",
    r"\bunfold\w*": "expand",
    r"\bfold(?:s|ed|ing)? away\b": "collapsed",
    r"\btrainings\b": "training runs, or fits",
    r"\b(?:behavi|col|fav|flav|harb|hon|lab|neighb)our\w*": "American spelling: -or",
    r"\blicences?\b": "license",
    r"\b(?:defence|offence)s?\b": "American spelling: -ense",
    r"\b(?:centre|metre|theatre)s?\b": "American spelling: -er",
    rf"\b(?:{_STEMS})is(?:e|es|ed|er|ers|ing|ation|ations)\b": "American spelling: -ize",
    r"\b(?:analys|catalys|paralys)(?:ed|ing)\b|\b(?:to|and) analyse\b": "American spelling: -yze",
    r"\b(?:cancel|label|model|signal|travel)l(?:ed|ing)\b": "American spelling: one l",
    r"\bgrey\b|\benrolments?\b|\bfulfil\b|\bwhilst\b|\bprogramme\b": "American spelling",
    r"\d %": "no space before %",
}
AS_WRITTEN = {r"\b[Rr]un(?:'s)? ids?\b": "run ID"}
IN_CELLS = {r"\bOTHERWISE\b|\bFIXED\b": "nothing: what holds for a page's numbers is for the tests"}
# In Markdown: code, where links lead to, HTML's attributes, and words that are quoted as “words”.
_NOT_PROSE = re.compile(r"```.*?```|``.*?``|`[^`]*`|\]\([^)\s]*\)|<[^<>]*>|“[^”]*”", re.S)

PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "classroom/**/*.md", ".github/**/*.yml")
    for path in ROOT.glob(pattern)
)
EXERCISES = sorted([*ROOT.glob("exercises/*/words.toml"), ROOT / "exercises/engine/shared.toml"])
CODE = sorted(
    path
    for top in ("helpers", "exercises", "classroom")
    for path in ROOT.glob(f"{top}/**/*.py")
    if "answers" not in path.parts
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def found_in(prose: str, first: int = 1) -> Iterator[tuple[int, str, str]]:
    """Generate the line, the words and the better ones, wherever prose uses words to avoid."""
    # A space in the place of each break, so that words on two lines are found, too.
    joined = prose.replace("\n", " ")
    for rules, flags in ((ANY_CASE, re.IGNORECASE), (AS_WRITTEN, 0)):
        for pattern, better in rules.items():
            for match in re.finditer(pattern, joined, flags):
                yield first + prose.count("\n", 0, match.start()), match[0], better


def without_code(markdown: str) -> str:
    """Return Markdown in which only prose is left, on the same lines."""
    return _NOT_PROSE.sub(lambda match: "·" + "\n" * match[0].count("\n"), markdown)


def strings(path: Path) -> Iterator[tuple[int, str]]:
    """Generate the docstrings and messages of a module, with the line on which each begins."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    parts = {
        id(part)
        for node in ast.walk(tree)
        if isinstance(node, ast.JoinedStr)
        for part in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            pieces = (p.value if isinstance(p, ast.Constant) else "…" for p in node.values)
            yield node.lineno, "".join(str(piece) for piece in pieces)
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts
        ):
            yield node.lineno, node.value


def complain(places: list[str]) -> None:
    assert not places, "\n".join(["Words to avoid, and better ones:", *places])


@pytest.mark.parametrize("path", PAGES + EXERCISES, ids=name)
def test_pages_and_exercises_use_the_words_of_the_course(path: Path) -> None:
    prose = without_code(path.read_text(encoding="utf-8"))
    complain([f"{name(path)}:{line}: {old!r}: {new}" for line, old, new in found_in(prose)])


@pytest.mark.parametrize("path", CODE, ids=name)
def test_docstrings_and_messages_use_the_words_of_the_course(path: Path) -> None:
    complain(
        [
            f"{name(path)}:{line}: {old!r}: {new}"
            for first, text in strings(path)
            if " " in text.strip()
            for line, old, new in found_in(without_code(text), first)
        ]
    )


@pytest.mark.parametrize("path", solved_notebooks(), ids=name)
def test_notebooks_use_the_words_of_the_course(path: Path) -> None:
    places = []
    for cell in nbformat.read(path, as_version=4).cells:
        where = f"{name(path)}, cell {cell.id}, line"
        if cell.cell_type == "markdown":
            found = found_in(without_code(cell.source))
            places += [f"{where} {line}: {old!r}: {new}" for line, old, new in found]
        elif "solution" not in cell.metadata.get("tags", []):
            for number, line in enumerate(cell.source.split("\n"), start=1):
                for pattern, new in IN_CELLS.items():
                    places += [
                        f"{where} {number}: {old!r}: {new}" for old in re.findall(pattern, line)
                    ]
    complain(places)


@pytest.mark.parametrize(
    ("prose", "words"),
    [
        ("Log five tunings; each tuning has five runs.", ["tunings", "each tuning"]),
        ("Five tuning's runs, in one\ntuning.", ["tuning's", "one tuning"]),
        ("Hyperparameter tuning by `execute_tuning`, in a tuning job.", []),
        ("A text, or two texts.", ["texts", "A text"]),
        ("Figures have alternative texts; the text is in a text file.", []),
        ("Unfold what is folded away: two trainings.", ["Unfold", "folded away", "trainings"]),
        ("The run id, a run's id, the run ID and `run id`.", ["run id", "run's id"]),
        ("A licence in [NOTICE](licence.md), `tests/licences.toml`.", ["licence"]),
        ("Behaviour, optimised, in 98.7 % of cases.", ["Behaviour", "optimised", "7 %"]),
        ("Not “a tuning” but a sweep: 98.7% are optimized.", []),
    ],
)  # fmt: skip
def test_words_to_avoid_are_found_and_others_are_not(prose: str, words: list[str]) -> None:
    assert sorted(old.replace("\n", " ") for _, old, _ in found_in(without_code(prose))) == sorted(
        words
    )


def test_the_line_of_a_word_is_named() -> None:
    assert [line for line, *_ in found_in(without_code("`a\nb`\nthe run\nid\ntunings"))] == [5, 3]
