"""The web site's settings, for Sphinx: `make site`."""

import os
import re
import tomllib
from pathlib import Path

import nbformat
from sphinx.application import Sphinx

project = "Parent and child runs in MLflow"
extensions = ["myst_nb", "sphinxcontrib.mermaid"]
nb_execution_mode = "off"  # the outputs are those that are committed
nb_code_prompt_show = "Show the {type}"
nb_code_prompt_hide = "Hide the {type}"
myst_fence_as_directive = ["mermaid"]
myst_enable_extensions = ["html_image"]
myst_heading_anchors = 3
exclude_patterns = [
    "README.md",
    "docs/site",
    "helpers",
    "notebooks/solutions",  # the other pages show them
    "**/my_*.ipynb",
    "**/.ipynb_checkpoints",
]
html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["static"]
html_css_files = ["site.css"]
html_use_index = False
mermaid_height = "auto"
mermaid_fullscreen = False
# Where the site's readers find the course, such as https://github.com/someone/course. With it, each
# lesson has a button that starts it on Binder.
repository = os.environ.get("SITE_REPOSITORY", "")
html_theme_options = {
    "collapse_navbar": True,
    "navbar_persistent": [],
    "footer_content_items": [],
    "repository_url": repository,
    "repository_branch": "HEAD",
    "use_repository_button": bool(repository),
    "launch_buttons": {
        "binderhub_url": "https://mybinder.org" if repository else "",
        "notebook_interface": "jupyterlab",
    },
}


PAGES = Path(__file__).parent
FOLDED = "<details><summary>Other ways</summary>\n\n{}\n\n</details>"
HEAD = re.compile(r"(?m)^\| lesson (\|.*\n)\| --- ")  # of README's table of lessons
ROW = re.compile(r"(?m)^(\|[^|]*\]\((notebooks/[^)]*)\)) ")
# What README says of this repository's files, as the site's readers need it.
ELSEWHERE = {"](LICENSE)": "](licence.md)", "](NOTICE)": "](licence.md)"}
if repository:
    ELSEWHERE["Get this repository"] = f"Get [the course's repository]({repository})"


def setup(app: Sphinx) -> None:
    """Begin with README, and show the solved notebooks; what is downloaded is a students' copy."""
    app.connect("source-read", begin_with_readme)
    app.connect("source-read", show_solved)


def begin_with_readme(app: Sphinx, page: str, source: list[str]) -> None:
    """Put README and the lessons into the first page, and the minutes into README's table."""
    if page != "index":
        return
    text = (PAGES / "README.md").read_text(encoding="utf-8").partition("\n")[2]
    text = HEAD.sub(r"| lesson | minutes \1| --- | --- ", text)
    text = ROW.sub(lambda row: f"{row[1]} | {minutes(PAGES / row[2])} ", text)
    for here, there in ELSEWHERE.items():
        text = text.replace(here, there)
    source[0] = source[0].replace("{{ README }}", text)
    kinds = tomllib.loads((PAGES / "docs" / "lessons.toml").read_text(encoding="utf-8"))
    for kind, names in kinds.items():
        entries = "\n".join(f"notebooks/{name}" for name in names)
        source[0] = source[0].replace(f"{{{{ {kind} }}}}", entries)


def minutes(lesson: Path) -> str:
    """Return how many minutes a lesson takes by its own opening, such as `30 to 45`."""
    opening = nbformat.read(lesson, as_version=4).cells[0].source
    found = re.search(r"(\d+(?: to \d+)?) minutes", opening)
    if not found:
        raise ValueError(f"{lesson.name} does not say in its first cell how many minutes it takes.")
    return found[1]


def show_solved(app: Sphinx, page: str, source: list[str]) -> None:
    """Show the solved notebook in place of its students' copy, and fold its solutions.

    MyST-NB folds by itself what has the tag `hide-output`: what answers a prediction.
    """
    solved = PAGES / "notebooks" / "solutions" / f"{Path(page).name}.ipynb"
    if not page.startswith("notebooks/"):
        return
    notebook = nbformat.read(solved, as_version=4)
    for cell in notebook.cells:
        is_solution = "solution" in cell.metadata.get("tags", [])
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace("](../", "](")
            if is_solution:
                cell.source = FOLDED.format(cell.source)
        elif is_solution:
            cell.metadata.tags.append("hide-cell")
    source[0] = nbformat.writes(notebook)
