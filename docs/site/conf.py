"""The web site's settings, for Sphinx: `make site`."""

import os

from sphinx.application import Sphinx

project = "Parent and child runs in MLflow"
extensions = ["myst_nb", "sphinxcontrib.mermaid"]
nb_execution_mode = "off"  # the outputs are those that are committed
myst_fence_as_directive = ["mermaid"]
myst_enable_extensions = ["html_image"]
myst_heading_anchors = 3
exclude_patterns = ["README.md", "docs/site", "helpers", "**/my_*.ipynb", "**/.ipynb_checkpoints"]
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


def setup(app: Sphinx) -> None:
    """Keep the search from showing a reader the solutions."""
    app.connect("source-read", leave_out_of_search)


def leave_out_of_search(app: Sphinx, page: str, source: list[str]) -> None:
    """Mark a solved lesson as what is not searched."""
    if page.startswith("notebooks/solutions/"):
        app.env.metadata[page]["nosearch"] = "True"
