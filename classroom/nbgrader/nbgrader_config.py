"""nbgrader's settings for a course folder: copy this file into it (see nbgrader.md).

nbgrader gives 0 points for a check that raises, as each does where no tracking server answers. With
these settings nothing is graded then.
"""

import os
import sys
from typing import Any

from nbgrader.api import Gradebook
from nbgrader.converters import Autograde
from nbgrader.preprocessors import Execute, NbGraderPreprocessor

from helpers.address import probe
from helpers.server import default_url

_NO_SERVER = "{} The check asks a tracking server: start one (make server), and repeat the command."


def ask_the_server(**_: object) -> None:
    """End nbgrader if no tracking server answers, before it has a record of a submission."""
    try:
        probe(default_url())
    except ConnectionError as error:
        sys.exit(_NO_SERVER.format(error))


class NoServerNoGrade(NbGraderPreprocessor):  # type: ignore[misc] # it has no types
    """Refuses a grade to a notebook in which the server was gone in the meantime."""

    def preprocess(self, notebook: Any, resources: Any) -> Any:
        """Return both as they are.

        Raises:
            RuntimeError: the check had no server; nbgrader then forgets the attempt and goes on.
        """
        outputs = (output for cell in notebook.cells for output in cell.get("outputs", ()))
        if any(output.get("ename") == "ServerUnreachable" for output in outputs):
            known = resources["nbgrader"]
            with Gradebook(known["db_url"]) as gradebook:
                gradebook.remove_submission(known["assignment"], known["student"])
            raise RuntimeError(_NO_SERVER.format("The server stopped answering."))
        return notebook, resources


c = get_config()  # type: ignore[name-defined] # noqa: F821 # nbgrader's, where it reads this
c.ClearSolutions.enabled = False  # the cell to begin with has functions, and they stay
c.Execute.timeout = 120
os.environ["COURSE_PROGRESS"] = "off"  # what is graded is no attempt of the instructor's
c.Autograde.pre_convert_hook = ask_the_server
steps = Autograde.autograde_preprocessors.default()
steps.insert(steps.index(Execute) + 1, NoServerNoGrade)
c.Autograde.autograde_preprocessors = steps
