"""The digits of lesson 06: what its `fit_and_score` makes of them, and what a model answers."""

from functools import cache
from typing import Any

import mlflow
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import StratifiedKFold, cross_val_score
from sklearn.neighbors import KNeighborsClassifier

X, Y = load_digits(return_X_y=True)
FEW = slice(0, 1287, 4)  # every fourth row of the first ten sheets
FOLDS = StratifiedKFold(3, shuffle=True, random_state=0)


@cache
def trained(n_neighbors: str, weights: str) -> dict[str, Any]:
    """Return the accuracy of two parameters as the lesson has it, and what that model is.

    Args:
        n_neighbors: how many neighbors vote, as a string.
        weights: how their votes count: "uniform" or "distance".
    """
    model = KNeighborsClassifier(int(n_neighbors), weights=weights, algorithm="brute")
    model.fit(X[FEW], Y[FEW])
    scores = cross_val_score(model, X[FEW], Y[FEW], cv=FOLDS)
    seen = float(model.score(X[FEW], Y[FEW]))
    return {"accuracy": float(scores.mean()), "on_training_rows": seen, **_facts(model)}


def champion(draws: object, model_name: str) -> dict[str, Any]:
    """Load a champion and return what it is, as plain data.

    Loading it may run what a student wrote: to be called only where the student's function runs.

    Args:
        draws: those of the call.
        model_name: of the registered model.
    """
    return _facts(mlflow.sklearn.load_model(f"models:/{model_name}@champion"))


def _facts(model: Any) -> dict[str, Any]:
    """Return a model's type and unusual parameters, and its answers for all rows."""
    answers = np.asarray(model.predict(X)).reshape(len(X)).tolist()
    return {"model": " ".join(repr(model).split()), "answers": answers}
