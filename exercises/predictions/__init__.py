"""Ask a reader to predict what the next cell will do: `predict("orphans")`.

The question is a widget with radio buttons. Where there are no widgets, as on the site and in
stored outputs, each choice expands to its sentence; in a terminal, its number is the answer.
"""

from IPython.core.display_functions import display
from ipywidgets import HTML, Button, RadioButtons, VBox

from exercises.predictions.answer_log import AGAIN, FIRST, keep, read_answers
from exercises.predictions.questions import Choice, all_questions
from helpers.markup import to_html


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
    answers = read_answers()
    for name, question in all_questions().items():
        wrong = question.is_wrong(answers.get(FIRST + name))
        if wrong and question.page.startswith(page) and AGAIN + name not in answers:
            text = f"(Once more, from lesson {page}, where to look as well.) {question.again}"
            _ask(text, question.choice, AGAIN + name, number)
            break


def _ask(text: str, choices: list[Choice], tag: str, number: int | None) -> None:
    if number is None:
        listed = "\n".join(f"{n}. {choice.text}" for n, choice in enumerate(choices, start=1))
        plain = f"Predict. {text}\n{listed}\nTo answer, add the number of a choice to the call."
        head = f"<p><b>Predict.</b> {to_html(text)}</p>"
        bundle = _widget(head, choices, tag)._repr_mimebundle_()
        bundle["text/html"] = f'<div class="prediction">{head}{_details(choices, tag)}</div>'
        bundle["text/plain"] = plain
        display(bundle, raw=True)  # type: ignore[no-untyped-call]
    elif 1 <= number <= len(choices):
        print(keep(tag, choices[number - 1]))
    else:
        raise LookupError(f"There is no choice {number}. Choose from 1 to {len(choices)}.")


def _widget(head: str, choices: list[Choice], tag: str) -> VBox:
    """Return the question with radio buttons; its last line is the sentence for the choice."""
    labels = [choice.text for choice in choices]
    radios = RadioButtons(options=labels, value=None, layout={"width": "auto"})
    button, sentence = Button(description="That's my guess"), HTML()

    def answer(_: object) -> None:
        index = radios.index
        says = "Choose one first." if index is None else keep(tag, choices[index])
        sentence.value = f'<p role="alert">{to_html(says)}</p>'

    button.on_click(answer)
    return VBox([HTML(head), radios, button, sentence])


def _details(choices: list[Choice], tag: str) -> str:
    """Return the choices in HTML; each expands to its sentence, and closes the others."""
    return "".join(
        f'<details name="{tag}"><summary>{to_html(choice.text)}</summary>'
        f"<p>{to_html(choice.reason)}</p></details>"
        for choice in choices
    )
