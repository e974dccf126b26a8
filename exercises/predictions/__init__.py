"""Ask a reader to predict what the next cell will do: `predict("orphans")`.

The question is a widget with radio buttons. Where there are no widgets, as on the site and in
stored outputs, each choice expands to its sentence; in a terminal, its number is the answer.
"""

from __future__ import annotations

import re
from html import escape

from IPython.core.display_functions import display
from ipywidgets import HTML, Button, RadioButtons, VBox

from exercises.predictions.answer_log import AGAIN, FIRST, keep, to_ask_again
from exercises.predictions.questions import Choice, all_questions


def predict(name: str, number: int | None = None) -> None:
    """Ask a question of this page. The first answer is kept in *My progress*.

    Args:
        name: the question's name.
        number: the number of a choice, from 1 on, to answer without a widget.

    Raises:
        LookupError: there is no question with that name, or no choice with that number.
    """
    if name not in all_questions():
        raise LookupError(f"There is no question {name!r}. There are {', '.join(all_questions())}.")
    question = all_questions()[name]
    _ask(question.question, question.choice, FIRST + name, number)


def ask_again(page: str, number: int | None = None) -> None:
    """Ask, in other words, a question of an earlier page that this student had wrong, if any.

    Args:
        page: the number of that page, such as `02`.
        number: the number of a choice, from 1 on, to answer without a widget.

    Raises:
        LookupError: there is no choice with that number.
    """
    if name := to_ask_again(page):
        question = all_questions()[name]
        text = f"(Once more, from lesson {page}.) {question.again}"
        _ask(text, question.choice, AGAIN + name, number)


def _ask(text: str, choices: tuple[Choice, ...], tag: str, number: int | None) -> None:
    numbered = dict(enumerate(choices, start=1))
    if number is None:
        listed = [f"{n}. {choice.text}" for n, choice in numbered.items()]
        how = "To answer, add the number of a choice to the call."
        bundle = _widget(text, choices, tag)._repr_mimebundle_()
        bundle["text/html"] = _details(text, choices, tag)
        bundle["text/plain"] = "\n".join([f"Predict. {text}", *listed, how])
        display(bundle, raw=True)  # type: ignore[no-untyped-call]
    elif number in numbered:
        print(numbered[number].reason + keep(tag, numbered[number]))
    else:
        raise LookupError(f"There is no choice {number}. Choose from 1 to {len(choices)}.")


def _widget(text: str, choices: tuple[Choice, ...], tag: str) -> VBox:
    """Return the question with radio buttons; its last line is the sentence for the choice."""
    radios = RadioButtons(options=[choice.text for choice in choices], value=None)
    radios.layout.width = "auto"
    button, sentence = Button(description="That's my guess"), HTML()

    def answer(_: object) -> None:
        says = "Choose one first."
        if radios.index is not None:
            choice = choices[radios.index]
            says = choice.reason + keep(tag, choice)
        sentence.value = f'<p role="alert">{_html(says)}</p>'

    button.on_click(answer)
    return VBox([HTML(f"<p><b>Predict.</b> {_html(text)}</p>"), radios, button, sentence])


def _details(text: str, choices: tuple[Choice, ...], tag: str) -> str:
    """Return the question in HTML; each choice expands to its sentence, and closes the others."""
    folded = "".join(
        f'<details name="{tag}"><summary>{_html(choice.text)}</summary>'
        f"<p>{_html(choice.reason)}</p></details>"
        for choice in choices
    )
    return f'<div class="prediction"><p><b>Predict.</b> {_html(text)}</p>{folded}</div>'


def _html(text: str) -> str:
    """Return Markdown with code in backticks as HTML.

    >>> _html("a `b` < c")
    'a <code>b</code> &lt; c'
    """
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))
