"""The second exercise of lesson 02: give runs that exist already a parent."""

from collections.abc import Collection
from dataclasses import replace

from exercises.engine import FamilyRequirements, Finding, Findings, load, names
from exercises.engine.wrong_values import Candidate
from helpers.read_runs import PARENT_TAG


class Adopt(FamilyRequirements):
    """What the exercise requires of a call."""

    def may_change(self) -> Collection[tuple[str, str]]:
        """Return the parent's tag on each run of the list."""
        return {(run_id, f"tags.{PARENT_TAG}") for run_id in self.args[0]}

    def changes_nothing_else(self) -> Findings:
        """Require that everything else is as it was, and that no other run gets a new parent."""
        for finding in super().changes_nothing_else():
            run = finding.run and self.after.runs.get(finding.run.run_id)
            if run and finding.run and run.run_id not in self.args[0]:
                moved = run.parent_id != finding.run.parent_id
                finding = replace(finding, cause="another_family" if moved else finding.cause)
            yield finding

    def makes_one_parent(self) -> Findings:
        """Require one new run, with the given name and without a parent."""
        if self.new_runs[1:]:
            actual, copies = (
                f"{len(self.new_runs)} new runs: {names(self.new_runs)}",
                len(self.args[0]) + 1,
            )
            cause = "copies" if len(self.new_runs) == copies and not self.parents[1:] else ""
            yield Finding("one new run", actual, self.new_runs[0], cause)
        for finding in self.one_parent(self.args[1]):
            tagged = finding.cause == "older_parent"  # the new run has one of the list's runs
            yield replace(finding, cause="no_parent") if tagged else finding

    def every_run_is_a_child(self) -> Findings:
        """Require that each run of the list has the tag with the new run ID."""
        run_ids, name = self.args
        for run_id in run_ids:
            old, run = self.before.runs[run_id], self.after.runs[run_id]
            reopened = run.end_time != old.end_time and run.tags == old.tags
            causes = {name: "parents_name", run_id: "its_own_id"}
            cause = causes.get(run.parent_id, "opened_again" if reopened else "")
            kept = Candidate("kept", "the parent that it had before", old.parent_id or None)
            yield from self.has(run, "tags", PARENT_TAG, self.parent.run_id, cause, [kept])


exercise, check, hint, solution = load(__file__, Adopt)
