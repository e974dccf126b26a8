"""Count how many handwritten digits a model with two parameters gets right, as in lesson 09."""

from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.datasets import load_digits
from sklearn.model_selection import KFold, cross_val_predict
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

_X, _Y = load_digits(return_X_y=True)
_SEEN = np.arange(len(_Y)) % 6 == 0  # every sixth digit: 300 of 1,797
_FOLDS = KFold(3, shuffle=True, random_state=0)
PAIRS = Path(__file__).with_name("recorded_pairs.csv")


@cache
def right_answers(C: float, gamma: float) -> int:  # noqa: N803 - scikit-learn's name
    """Return how many of 300 digits the model gets right, each held out when it is predicted.

    Args:
        C: the support vector machine's `C`.
        gamma: the support vector machine's `gamma`.
    """
    predicted = cross_val_predict(_model(C, gamma), _X[_SEEN], _Y[_SEEN], cv=_FOLDS)
    return int((predicted == _Y[_SEEN]).sum())


def right_elsewhere(C: float, gamma: float) -> int:  # noqa: N803
    """Return how many of the other 1,497 digits the model gets right, trained on the 300.

    Args:
        C: the support vector machine's `C`.
        gamma: the support vector machine's `gamma`.
    """
    model = _model(C, gamma).fit(_X[_SEEN], _Y[_SEEN])
    return int((model.predict(_X[~_SEEN]) == _Y[~_SEEN]).sum())


def recorded_pairs() -> pd.DataFrame:
    """Return lesson 13's 99 recorded pairs: by how much TPE beat random draws with each seed."""
    return pd.read_csv(PAIRS, index_col="seed")


def _model(C: float, gamma: float) -> Pipeline:  # noqa: N803
    return make_pipeline(StandardScaler(), SVC(C=C, gamma=gamma))
