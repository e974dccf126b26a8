"""The exercise of *The case*: say which run is the wrong one, who moved it, which should win."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from functools import cached_property

from exercises.accuse.case_on_server import close_case, open_case
from exercises.accuse.casebook import TABLE, Case, case_of
from exercises.engine import Finding, Findings, Requirements, code, load

__all__ = ["check", "close_case", "exercise", "hint", "open_case", "solution"]
SWEEPS = TABLE["experiments"][:2]
KEYS: dict[str, tuple[type, ...]] = {"model": (str,), "moved_by": (str,), "winner": (str,)}


class Accuse(Requirements):
    """What the exercise requires of an accusation."""

    @cached_property
    def case(self) -> Case:
        """The case that is open; in grading, the student's."""
        return case_of(os.environ["CASE_SEED"])

    @cached_property
    def evidence(self) -> set[str]:
        """The runs that the true notes lead to."""
        return set().union(*self.case.evidence.values())

    def is_about_an_open_case(self) -> Findings:
        """Require that `open_case` has been called."""
        if "CASE_SEED" not in os.environ:
            yield Finding("a case that is open", "no case: `open_case` has not been called")

    def returns_an_accusation(self) -> Findings:
        """Require a dict with three names and a list of names."""
        yield from self.returns_a_dict(KEYS | {"because": (list,)})
        if isinstance(self.value, dict) and isinstance(self.value.get("because"), list):
            for name in self.value["because"]:
                if not isinstance(name, str):
                    yield Finding("names of runs in `because`", code(name))

    def names_runs_of_the_case(self) -> Findings:
        """Require names of runs of this case, and of child runs for those who could win."""
        runs = {run.name: (where, run) for where in self.case.runs for run in self.case.runs[where]}
        for key, name in self._named():
            if name not in runs:
                cause = "run_id" if re.fullmatch("[0-9a-f]{32}", str(name)) else ""
                actual = f"{code(name)} in `{key}`"
                yield Finding("names of runs of this case", actual, cause=cause)
                continue
            where, run = runs[name]
            if key != "because" and (where not in SWEEPS or not run.parent):
                kind = "a run without a parent" if where in SWEEPS else f"a run in {code(where)}"
                expected = f"a child run in {' or '.join(map(code, SWEEPS))} as `{key}`"
                yield Finding(expected, f"{code(name)}, {kind}", cause="no_child")

    def _named(self) -> Iterable[tuple[str, object]]:
        return [
            *((key, self.value[key]) for key in ("model", "winner")),
            *(("because", name) for name in self.value["because"]),
        ]

    def evidence_holds(self) -> Findings:
        """Require that each piece of evidence belongs to a true note."""
        for name in self.value["because"]:
            if name not in self.evidence:
                yield Finding("only runs that one of the true notes leads to", code(name))

    def overlooks_no_lead(self) -> Findings:
        """Require evidence for each true note."""
        for lead, runs in self.case.evidence.items():
            if runs.isdisjoint(self.value["because"]):
                expected = "a run for each of the eight true notes"
                yield Finding(expected, f"none for note {TABLE['titles'][lead]}", cause=lead)

    def names_the_model(self) -> Findings:
        """Require the run that production's model came from."""
        name = self.value["model"]
        if name != self.case.model:
            cause = "champion" if name == self.case.versions[-1] else ""
            yield Finding("the run whose model production loads", code(name), cause=cause)

    def names_the_role(self) -> Findings:
        """Require the role whose sweep the run was taken from."""
        role, roles = self.value["moved_by"], TABLE["deal"]["roles"]
        if role not in roles:
            yield Finding("one of " + ", ".join(map(code, roles)), code(role), cause="no_role")
        elif role != self.case.culprit:
            yield Finding("the shift or machine that moved this run", code(role))

    def names_the_winner(self) -> Findings:
        """Require the best run whose result holds."""
        name = self.value["winner"]
        if name != self.case.sound[0]:
            cause = "flawed" if name in self.evidence else ""
            if name in self.case.sound:
                cause = "beaten"
            yield Finding("the best child run that holds up", code(name), cause=cause)


exercise, check, hint, solution = load(__file__, Accuse)
