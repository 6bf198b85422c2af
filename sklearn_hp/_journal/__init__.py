"""Results in a file, each as soon as it is there: for another run, and for people."""

from sklearn_hp._journal._journal import Journal
from sklearn_hp._journal._place import checked_path
from sklearn_hp._journal._predictions import Predictions
from sklearn_hp._journal._rows import Row, texts_of
from sklearn_hp._journal._table import load_history

__all__ = ["Journal", "Predictions", "Row", "checked_path", "load_history", "texts_of"]
