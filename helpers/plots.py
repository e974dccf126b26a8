"""The figures that the lessons show, with one look for all of them.

A figure takes data that the lesson has read and shown before; nothing here asks the server.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Okabe and Ito's palette, told apart by the colour-blind (https://jfly.uni-koeln.de/color/).
BLUE, ORANGE, GREEN, GREY = "#0072B2", "#E69F00", "#009E73", "#7F7F7F"
# On white, whatever the notebook's theme is: readable in a light and in a dark one.
LOOK: dict[str, Any] = {
    "figure.facecolor": "white",
    "figure.dpi": 90,
    "savefig.dpi": 90,
    "font.size": 11,
    "axes.titlesize": 12,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.prop_cycle": f"cycler('color', ['{BLUE}', '{ORANGE}', '{GREEN}', '{GREY}'])",
}


@dataclass(frozen=True)
class Picture:
    """A figure with its alternative text, which is also what it prints as."""

    png: bytes
    alt: str

    def __repr__(self) -> str:
        return self.alt

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        data = {"image/png": self.png, "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt}}


def _picture(figure: Figure, alt: str) -> Picture:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", bbox_inches="tight", metadata={"Software": None})
    return Picture(buffer.getvalue(), alt)
