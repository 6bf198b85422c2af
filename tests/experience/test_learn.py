"""From scores to the package's file."""

import json
from importlib.resources import files

import numpy as np
import pytest

pytest.importorskip("lightgbm")
pytest.importorskip("xgboost")
pytest.importorskip("torch")


@pytest.fixture(scope="module")
def learn(script):
    return script("learn")


@pytest.fixture(scope="module")
def experiments(script):
    return script("_experiments").make_experiments()


@pytest.fixture(scope="module")
def text():
    file = files("sklearn_hp._experience").joinpath("experience.json")
    return file.read_text("utf-8")


def test_the_file_is_what_the_scores_teach(learn, scores, text):
    assert learn.dump(learn.learn(scores.SCORES)) + "\n" == text


def test_all_experiments_ran_on_all_tables(script, scores, experiments):
    collect = script("collect")
    for name, experiment in experiments.items():
        _, lines = scores.read(scores.file_of(scores.SCORES, name))
        for number in range(len(collect.FOLD_SEEDS)):
            have = {t for t, line in lines.items() if len(line["runs"]) > number}
            assert have == {*collect.tables_of(experiment, number)}, name


def test_tables_for_judging_are_not_learnt_from(script, text):
    learnt = {item for items in json.loads(text)["tables"].values() for item in items}
    tables = script("_learning_tables").TABLES
    specs = [spec for kind in tables.values() for spec in kind.values()]
    assert learnt == {f"{spec.package}/{spec.item}" for spec in specs}
    assert not any(item.startswith(("modeldata/", "ISLR/")) for item in learnt)
    assert not any("Pima" in item for item in learnt)
    # in benchmarks/_tables.py; and loanapp, which is HMDA by another name
    judged = {"Ecdat/Computers", "ggplot2/diamonds", "AER/HMDA", "survival/pbc"}
    judged |= {"survival/pbcseq", "DAAG/spam7", "dslabs/brca", "MASS/biopsy"}
    assert not learnt & {*judged, "wooldridge/loanapp", "openintro/ames"}


def test_the_text_of_the_file(learn, text):
    value = {
        "a": [1, 2],
        "b": {"c": {"low": 0.5, "high": None}, "d": "é"},
        "long": [f"item {i}" for i in range(40)],
        "empty": {},
    }
    written = learn.dump(value)
    assert json.loads(written) == value
    assert '    "c": {"low": 0.5, "high": null},\n' in written, "a line for each"
    assert max(map(len, text.splitlines())) < 300


def test_failed_and_constant_scores(script, learn, scores, experiments):
    head, lines = scores.read(scores.file_of(scores.SCORES, "Ridge"))
    expected = learn.learn_one(experiments["Ridge"], head, lines)
    constant = {metric: [1.0] * 200 for metric in ("r2", "neg_mean_absolute_error")}
    failed = {metric: [None] * 200 for metric in constant}
    for number, useless in enumerate([constant, failed]):
        one = {"scores": useless, "defaults": {m: [0.0] for m in useless}}
        lines[f"useless {number}"] = {"runs": [one]}
    assert learn.learn_one(experiments["Ridge"], head, lines) == expected
    assert np.isfinite([point["alpha"] for point in expected["points"]]).all()
