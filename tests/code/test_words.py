"""Find words that the course does not use, and name better ones: docs/CONTRIBUTING.md, *Words*."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tools.lesson_list import ROOT
from tools.notebook_cells import read_cells

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
AS_WRITTEN = {
    r"\b[Rr]un(?:'s)? ids?\b": "run ID",
    r"\bOTHERWISE\b|\bFIXED\b": "nothing: the tests compare a page's numbers",
}
# In Markdown: code, where links lead to, HTML's attributes, and words that are quoted as “words”.
_NOT_PROSE = re.compile(r"```.*?```|``.*?``|`[^`]*`|\]\([^)\s]*\)|<[^<>]*>|“[^”]*”", re.S)

FILES = [
    path
    for pattern in (
        "*.md",
        "docs/**/*.md",
        "classroom/**/*.md",
        ".github/**/*.yml",
        "exercises/*/words.toml",
        "exercises/engine/shared.toml",
        "helpers/**/*.py",
        "exercises/**/*.py",
        "classroom/**/*.py",
        "notebooks/solutions/*.ipynb",
    )
    for path in sorted(ROOT.glob(pattern))
    if "answers" not in path.parts
]


def prose_of(path: Path) -> str:
    """Return what a file says, without code and links, on the same lines."""
    if path.suffix == ".ipynb":
        return without_code("\n".join(cell.source for cell in read_cells(path)))
    return without_code(path.read_text(encoding="utf-8"))


def without_code(markdown: str) -> str:
    return _NOT_PROSE.sub(lambda match: "·" + "\n" * match[0].count("\n"), markdown)


def words_to_avoid(prose: str) -> Iterator[tuple[int, str, str]]:
    """Generate the line, the words to avoid, and better ones."""
    joined = prose.replace("\n", " ")  # words on two lines are found, too
    for rules, flags in ((ANY_CASE, re.IGNORECASE), (AS_WRITTEN, 0)):
        for pattern, better in rules.items():
            for match in re.finditer(pattern, joined, flags):
                yield 1 + prose.count("\n", 0, match.start()), match[0], better


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_file_uses_the_words_of_the_course(path: Path) -> None:
    places = [f"line {line}: {old!r}: {new}" for line, old, new in words_to_avoid(prose_of(path))]
    assert not places, "\n".join(["Words to avoid, and better ones:", *places])


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
    assert sorted(
        old.replace("\n", " ") for _, old, _ in words_to_avoid(without_code(prose))
    ) == sorted(words)


def test_the_line_of_a_word_is_named() -> None:
    assert [line for line, *_ in words_to_avoid(without_code("`a\nb`\nthe run\nid\ntunings"))] == [
        5,
        3,
    ]
