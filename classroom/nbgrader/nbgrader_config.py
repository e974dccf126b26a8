"""Configure nbgrader for a course folder: copy this file into it (see nbgrader.md).

nbgrader gives 0 points for a check that raises an error, and every check does if no tracking server
answers. With these settings, nothing is graded in that case.
"""

import os
import sys
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute, NbGraderPreprocessor

from helpers.configured_server import probe
from helpers.server import default_url

_NO_SERVER = "{} The check needs a tracking server. Start one (make server) and try again."


def ask_the_server(**_: object) -> None:
    """Stop nbgrader if no tracking server answers, before it records a submission."""
    try:
        probe(default_url())
    except ConnectionError as error:
        sys.exit(_NO_SERVER.format(error))


class NoServerNoGrade(NbGraderPreprocessor):  # type: ignore[misc] # it has no types
    """Refuse to grade a notebook if the server stopped while it ran."""

    def preprocess(self, notebook: Any, resources: Any) -> Any:
        """Return both arguments unchanged.

        Raises:
            RuntimeError: the check had no server; nbgrader then forgets the attempt and goes on.
        """
        outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
        if any(output.get("ename") == "ServerUnreachable" for output in outputs):
            submission = resources["nbgrader"]
            with Gradebook(submission["db_url"]) as gradebook:
                gradebook.remove_submission(submission["assignment"], submission["student"])
            raise RuntimeError(_NO_SERVER.format("The server stopped answering."))
        return notebook, resources


c = get_config()  # type: ignore[name-defined] # noqa: F821 # nbgrader's, where it reads this
c.ClearSolutions.enabled = False  # the starter cells contain functions, which must stay
c.Execute.timeout = 120
os.environ["COURSE_PROGRESS"] = "off"  # grading must not count as an attempt of the instructor
c.Autograde.pre_convert_hook = ask_the_server
steps = Autograde.autograde_preprocessors.default()
steps.insert(steps.index(Execute) + 1, NoServerNoGrade)
c.Autograde.autograde_preprocessors = steps
