"""The web site's settings, for Sphinx: `make site`."""

import os
import re
import tomllib
from pathlib import Path
from urllib.parse import quote

import nbformat
from sphinx.application import Sphinx

project = "Parent and child runs in MLflow"
extensions = ["myst_nb"]
nb_execution_mode = "off"  # the outputs are those that are committed
nb_code_prompt_show = "Show the {type}"
nb_code_prompt_hide = "Hide the {type}"
myst_enable_extensions = ["html_image"]
myst_heading_anchors = 3
exclude_patterns = [
    "README.md",
    "docs/site",
    "helpers",
    "try_it",
    "notebooks/solutions",  # the other pages show them
    "**/my_*.ipynb",
    "**/.ipynb_checkpoints",
]
html_theme = "sphinx_book_theme"
html_title = project
html_static_path = ["static"]
html_css_files = ["site.css"]
html_js_files = [("site.js", {"defer": "defer"})]
html_use_index = False
# Where the site's readers find the course, such as https://github.com/someone/course, and a hub
# that has it, such as https://hub.example.org. With them, pages link to what runs the course.
repository = os.environ.get("SITE_REPOSITORY", "")
hub = os.environ.get("SITE_HUB", "")
on_github = repository.removeprefix("https://github.com/") if "//github.com/" in repository else ""
FIRST = "notebooks/00_start_here.ipynb"
html_theme_options = {
    "collapse_navbar": True,
    "navbar_persistent": [],
    "footer_content_items": [],
    "repository_url": repository,
    "repository_branch": "HEAD",
    "use_repository_button": bool(repository),
    "launch_buttons": {
        "binderhub_url": "https://mybinder.org" if on_github else "",
        "notebook_interface": "jupyterlab",
    },
}


PAGES = Path(__file__).parent
FOLDED = "<details><summary>Other ways</summary>\n\n{}\n\n</details>"
TREE = '<ul class="run-tree"'
HEAD = re.compile(r"(?m)^\| lesson (\|.*\n)\| --- ")  # of README's table of lessons
ROW = re.compile(r"(?m)^(\|[^|]*\]\((notebooks/[^)]*)\)) ")
# What README and other pages say of this repository's files, as the site's readers need it.
ELSEWHERE = {
    "](LICENSE)": "](licence.md)",
    "](NOTICE)": "](licence.md)",
    "](../README.md": "](../index.md",
}
if repository:
    ELSEWHERE |= {
        "ADDRESS_OF_THIS_COURSE": repository,
        "Clone this repository": f"Clone [this repository]({repository})",
    }


def setup(app: Sphinx) -> None:
    """Begin with README, and show the solved notebooks; what is downloaded is a students' copy."""
    app.connect("source-read", begin_with_readme)
    app.connect("source-read", show_solved)
    app.connect("source-read", point_to_pages)


def begin_with_readme(app: Sphinx, page: str, source: list[str]) -> None:
    """Fill the first page: README with the lessons' minutes, a tree of runs, places to run it."""
    if page != "index":
        return
    readme = (PAGES / "README.md").read_text(encoding="utf-8").partition("\n")[2]
    readme = HEAD.sub(r"| lesson | minutes \1| --- | --- ", readme)
    readme = ROW.sub(lambda row: f"{row[1]} | {minutes(PAGES / row[2])} ", readme)
    opening, start, rest = readme.partition("## Start")
    parts = {"opening": opening, "tree": tree(), "places": places()}
    parts["README"] = start + rest
    kinds = tomllib.loads((PAGES / "docs" / "lessons.toml").read_text(encoding="utf-8"))
    parts |= {kind: "\n".join(f"notebooks/{name}" for name in kinds[kind]) for kind in kinds}
    is_there = (PAGES / "try_it.md").exists()  # tools/try_it.py may have left it out
    parts["try"] = (
        "**[Try it in this page](try_it.md)**, with nothing to install." if is_there else ""
    )
    parts["try_it"] = "try_it" if is_there else ""
    for name, text in parts.items():
        source[0] = source[0].replace(f"{{{{ {name} }}}}", text)


def point_to_pages(app: Sphinx, page: str, source: list[str]) -> None:
    """Let links to files of the repository lead to the site's pages."""
    if not page.startswith("notebooks/"):
        for here, there in ELSEWHERE.items():
            source[0] = source[0].replace(here, there)


def tree() -> str:
    """Return the first tree in the solved lesson 02 that has a parent run to expand."""
    [lesson] = (PAGES / "notebooks" / "solutions").glob("02_*.ipynb")
    for cell in nbformat.read(lesson, as_version=4).cells:
        for output in cell.get("outputs", []):
            shown = str(output.get("data", {}).get("text/html", ""))
            if shown.startswith(TREE) and "<details" in shown:
                return shown
    raise ValueError(f"{lesson.name} shows no tree of runs for the first page to show.")


def places() -> str:
    """Link to what runs the course with nothing to install, as far as it is configured."""
    folder = repository.rpartition("/")[2]
    pull = (
        f"repo={quote(repository, safe='')}&urlpath={quote(f'lab/tree/{folder}/{FIRST}', safe='')}"
    )
    binder = (
        f"https://mybinder.org/v2/gh/{on_github}/HEAD?urlpath={quote(f'lab/tree/{FIRST}', safe='')}"
    )
    links = [("Binder", binder), ("GitHub Codespaces", f"https://codespaces.new/{on_github}")]
    links = links if on_github else []
    links += [("our hub", f"{hub}/hub/user-redirect/git-pull?{pull}")] if hub and repository else []
    found = ", ".join(f"[{name}]({url})" for name, url in links)
    return f"**Nothing to install:** run the course on {found}." if found else ""


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
        elif cell.id.startswith("predict-"):  # its output is the question
            cell.metadata["tags"] = ["remove-input"]
        for output in cell.get("outputs", []):  # Sphinx resolves no links in outputs
            markdown = output.get("data", {}).get("text/markdown", "")
            if "](" in markdown:
                output.data["text/markdown"] = re.sub(r"(\]\(\w+)\.ipynb\)", r"\1.html)", markdown)
    source[0] = nbformat.writes(notebook)
