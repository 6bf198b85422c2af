"""The code in the README runs, in its order, as a reader would copy it."""

import re
from pathlib import Path

import pytest

import sklearn_hp

README = Path(sklearn_hp.__file__).parents[1] / "README.md"


@pytest.mark.slow
def test_its_code_runs(capsys):
    pytest.importorskip("torch")
    pytest.importorskip("skorch")
    if not README.exists():
        pytest.skip("the package is tested without its source")
    text = README.read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)
    namespace = {}
    for block in blocks:
        exec(compile(block, str(README), "exec"), namespace)
    printed = capsys.readouterr().out.splitlines()
    assert len(blocks) == 4
    assert len(printed) >= sum(block.count("print(") for block in blocks)
    assert printed[1].startswith("BayesSearchCV of StandardScaler + SVC: 25 candidates")
