"""Without a pool, a clock or an estimator: results are told as the test says."""

import pytest

from sklearn_hp._records import Failure, SplitResult
from sklearn_hp._schedulers import (
    AllFail,
    CompletePolicy,
    FailFastScheduler,
    TrialQueue,
)
from sklearn_hp.samplers import FixedSampler

DATA = "sklearn/utils/validation.py"


def reason(message="no", line=1, file=DATA):
    return (
        f"Traceback (most recent call last):\n"
        f'  File "{file}", line {line}, in fit\n    raise ValueError("no")\n'
        f"ValueError: {message}\n"
    )


def failing(task, why=None, **kwargs):
    failure = Failure(reason() if why is None else why, **kwargs)
    return SplitResult(*task.key, 0.0, 0.0, fit_failure=failure)


def scored(task, failures=(), metrics=("score",)):
    """Return a result in which some metrics failed."""
    return SplitResult(
        *task.key,
        0.0,
        0.0,
        test_scores={m: float("nan") if m in failures else 1.0 for m in metrics},
        score_failures={("test", m): Failure(reason()) for m in failures},
    )


def make(n_candidates=30, n_splits=3, **kwargs):
    candidates = [{"a": i, "b": "xyz"[i % 3]} for i in range(n_candidates)]
    inner = TrialQueue(
        FixedSampler(candidates), CompletePolicy(), n_splits, None, n_candidates
    )
    kwargs = {"are_trials": True, **kwargs}
    return FailFastScheduler(inner, lambda: candidates, n_splits=n_splits, **kwargs)


def run(scheduler, answer):
    """Run one task after the other; return them, and the AllFail at the end if any."""
    tasks = []
    try:
        while (task := scheduler.next_task()) is not None:
            tasks.append(task)
            scheduler.ask_ahead()
            scheduler.tell(answer(task))
    except AllFail as exc:
        return tasks, exc
    return tasks, None


def keys(tasks):
    return [task.key[:2] for task in tasks]


ALL = [(i, split) for i in range(30) for split in range(3)]


def test_it_gives_up_when_all_fail_in_the_same_way():
    tasks, error = run(make(), failing)
    assert len(tasks) == error.n_fits <= 12
    assert error.reason == reason()
    assert {task.split for task in tasks} == {0}
    assert [task.trial.number for task in tasks if task.is_probe] == [-1]
    assert tasks[-1].trial.params == {}, "the estimator's own parameters"
    numbers = {task.trial.number for task in tasks}
    assert {0, 29} <= numbers
    assert {task.trial.params["b"] for task in tasks[:-1]} == set("xyz")
    assert error.n_candidates == len(tasks) - 1


@pytest.mark.parametrize("n_workers", [1, 2, 5])
@pytest.mark.parametrize("last_first", [True, False])
def test_it_gives_up_however_many_run(n_workers, last_first):
    scheduler = make(n_workers=n_workers)
    running, n_told = [], 0
    with pytest.raises(AllFail):
        while True:
            while len(running) < n_workers and (task := scheduler.next_task()):
                running.append(task)
            assert running
            scheduler.tell(failing(running.pop(-1 if last_first else 0)))
            n_told += 1
    assert n_told <= 12 + 3 * n_workers


def test_a_success_of_any_candidate_lets_it_run_on_and_nothing_runs_twice():
    n_fits = len(run(make(), failing)[0])
    for good in range(1, n_fits):
        n = iter(range(1000))

        def answer(task, n=n, good=good):
            return (scored if next(n) == good else failing)(task)

        tasks, error = run(make(), answer)
        assert error is None
        assert sorted(keys(tasks)) == (ALL if good < n_fits - 1 else [(-1, 0), *ALL])


def test_the_scheduler_is_told_each_result_once_and_in_its_turn():
    scheduler = make(8, 2)
    told = []
    scheduler._scheduler.sampler.tell = lambda trial, observation: told.append(
        trial.number
    )
    run(scheduler, lambda task: (failing if task.trial.number < 4 else scored)(task))
    assert sorted(told) == list(range(8))


@pytest.mark.parametrize(
    "other",
    [reason("other"), reason(line=2), reason().replace("Value", "Type"), "It died."],
)
def test_another_failure_lets_it_run_on(other):
    answer = lambda task: failing(task, other if task.trial.number == 29 else None)  # noqa: E731
    tasks, error = run(make(), answer)
    assert error is None
    assert sorted(keys(tasks)) == ALL


def test_a_message_with_the_value_of_the_candidate_lets_it_run_on():
    answer = lambda task: failing(task, reason(str(task.trial.params)))  # noqa: E731
    tasks, error = run(make(), answer)
    assert error is None
    assert sorted(keys(tasks)) == ALL


@pytest.mark.parametrize("good", [None, 1, 7, 13, 22, 28])
def test_where_only_one_candidate_may_fit_all_have_to_fail(good):
    tasks, error = run(
        make(),
        lambda task: (
            scored(task)
            if task.trial.number == good
            else failing(task, reason(file="a.py"))
        ),
    )
    if good is not None:
        assert error is None
        assert sorted(set(keys(tasks)) - {(-1, 0)}) == ALL
        assert len(keys(tasks)) == len(set(keys(tasks)))
    else:
        assert error.n_candidates == 30
        assert sorted(keys(tasks)) == [(-1, 0), *ALL[::3]]


@pytest.mark.parametrize("n_splits, n_shown", [(3, 30), (5, 30), (1, 15)])
def test_where_one_may_fit_as_many_examples_as_candidates_have_to_fail(
    n_splits, n_shown
):
    tasks, error = run(
        make(n_splits=n_splits, are_trials=False),
        lambda task: failing(task, reason(file="a.py")),
    )
    assert error.n_candidates == n_shown
    assert sum(task.is_probe for task in tasks) == n_shown + 1


@pytest.mark.parametrize("name", ["AttributeError", "NameError", "ImportError"])
def test_a_mistake_in_the_code_is_clear(name):
    why = reason(file="a.py").replace("ValueError: no", f"{name}: no")
    assert run(make(), lambda task: failing(task, why))[1].n_fits <= 12


def test_what_is_no_number_is_one_kind():
    def answer(task, kind="no number"):
        failure = Failure(f"no number: {task.trial.params}", kind=kind)
        failures = {("test", "score"): failure}
        scores = {"score": float("nan")}
        return SplitResult(
            *task.key, 0.0, 0.0, test_scores=scores, score_failures=failures
        )

    assert run(make(), answer)[1].n_fits <= 12
    assert run(make(), lambda task: answer(task, kind="not finite"))[1] is None


@pytest.mark.parametrize("kind", ["memory", "device memory"])
def test_a_fit_without_enough_memory_lets_it_run_on(kind):
    tasks, error = run(make(), lambda task: failing(task, kind=kind))
    assert error is None
    assert keys(tasks) == ALL


@pytest.mark.parametrize("kind", ["timeout", "memory limit"])
def test_where_all_go_over_a_limit_the_first_split_of_all_has_to(kind):
    def answer(task):
        return failing(task, f"The fit took {task.trial.number} s", kind=kind)

    tasks, error = run(make(), answer)
    assert error.any_may_fit
    assert sorted(keys(tasks)) == [(-1, 0), *ALL[::3]]
    good = lambda task: scored(task) if task.trial.number == 22 else answer(task)  # noqa: E731
    tasks, error = run(make(), good)
    assert error is None
    assert sorted(set(keys(tasks)) - {(-1, 0)}) == ALL


def test_no_probe_runs_where_a_fit_went_over_a_limit():
    answer = lambda task: failing(task, "It hung.", kind="timeout")  # noqa: E731
    tasks, error = run(make(are_trials=False), answer)
    assert error is None
    assert keys(tasks) == ALL


def test_scores_that_fail():
    answer = lambda task: scored(task, failures=["score"])  # noqa: E731
    assert run(make(), answer)[1] is not None
    # where a candidate without a score is of use
    tasks, error = run(make(scores=False), answer)
    assert error is None
    assert keys(tasks) == ALL


def test_one_of_several_scores_that_fails_lets_it_run_on():
    both = ("one", "two")
    for failures, gives_up in [(["one"], False), (both, True)]:
        answer = lambda task: scored(task, failures, both)  # noqa: B023, E731
        assert (run(make(), answer)[1] is not None) == gives_up


def test_where_one_split_is_not_enough():
    tasks, error = run(make(all_splits=True), failing)
    assert error is not None
    assert {(0, 0), (0, 1), (0, 2)} <= set(keys(tasks))
    tasks, error = run(
        make(all_splits=True),
        lambda task: scored(task) if task.split == 2 else failing(task),
    )
    assert error is None
    assert sorted(keys(tasks)) == [(-1, 0), *ALL]


def test_examples_of_a_space_are_probes():
    tasks, error = run(make(are_trials=False), failing)
    assert error is not None
    in_turn = [key for key in keys(tasks) if key[0] >= 0]
    assert in_turn == ALL[: len(in_turn)]
    probes = [task for task in tasks if task.is_probe]
    assert probes[0].trial.params == {}, "most likely valid, so first"
    assert len(tasks) <= 12
    # it costs one fit if that succeeds
    tasks, error = run(
        make(are_trials=False), lambda t: scored(t) if t.is_probe else failing(t)
    )
    assert error is None
    assert sorted(keys(tasks)) == [(-1, 0), *ALL]


@pytest.mark.parametrize("n_candidates, n_splits", [(2, 30), (3, 2), (1, 50)])
def test_too_few_candidates_run_on(n_candidates, n_splits):
    tasks, error = run(make(n_candidates, n_splits), failing)
    assert error is None
    assert len(tasks) == n_candidates * n_splits


def test_nothing_is_asked_while_fits_succeed():
    def refuse():
        raise AssertionError("candidates are asked for")

    inner = TrialQueue(
        FixedSampler([{"a": i} for i in range(9)]), CompletePolicy(), 2, None, 9
    )
    scheduler = FailFastScheduler(inner, refuse, are_trials=True, n_splits=2)
    tasks, _ = run(scheduler, scored)
    assert len(tasks) == 18


def test_a_search_that_is_stopped_completes_its_first_trial():
    scheduler = make()
    for _ in range(3):
        scheduler.tell(failing(scheduler.next_task()))
    scheduler.stop()
    tasks, error = run(scheduler, failing)
    assert error is None
    assert keys(tasks) == [(0, 1), (0, 2)]


def test_what_it_passes_on():
    scheduler = make()
    assert (scheduler.max_trials, scheduler.max_tasks) == (30, 90)
    assert (scheduler.waits, scheduler.exhausted) == (False, False)
