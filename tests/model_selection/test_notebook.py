from importlib.util import find_spec

import nbformat
import pytest
from nbclient import NotebookClient
from sklearn.callback import ProgressBar
from sklearn.datasets import load_iris
from sklearn.svm import SVC

from sklearn_hp import GridSearchCV

CELLS = [
    """
from sklearn.callback import ProgressBar
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn_hp import BayesSearchCV
X, y = load_iris(return_X_y=True)
space = {"C": [0.1, 1.0]}
search = BayesSearchCV(LogisticRegression(max_iter=200), space, n_iter=2, cv=2)
""",
    "search.set_callbacks(ProgressBar(max_propagation_depth=0)).fit(X, y);",
    "search.set_callbacks().fit(X, y);",
]


@pytest.mark.skipif(find_spec("ipywidgets") is not None, reason="there are ipywidgets")
@pytest.mark.slow
def test_a_notebook_without_widgets_is_told_what_to_install():
    cells = [nbformat.v4.new_code_cell(cell) for cell in CELLS]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
    printed = ["".join(map(str, cell.outputs)) for cell in notebook.cells]
    assert "pip install ipywidgets" in printed[1]
    assert "restart the kernel, or use verbose=1" in printed[1]
    assert "ipywidgets" not in printed[2]


def test_elsewhere_nothing_is_said(capsys):
    bar = ProgressBar(max_propagation_depth=0)
    search = GridSearchCV(SVC(), {"C": [1, 2]}, cv=2).set_callbacks(bar)
    search.fit(*load_iris(return_X_y=True))
    assert "GridSearchCV" in capsys.readouterr().out
