"""The fitted ensemble that a search returns."""

from sklearn_hp._evaluation import fit_on_split
from sklearn_hp._records import Task, Trial
from sklearn_hp.ensemble._build import Member, fitted_ensemble
from sklearn_hp.model_selection._refit import candidate, fit_several_on_all_rows


def ensemble_of(search, plan, done, returned):
    """Return the fitted ensemble that a search returns.

    Parameters
    ----------
    search : BaseSearch
        The search.
    plan : Plan
        The data.
    done : Done
        What its fits left.
    returned : Returned
        The members.
    """
    averages_folds = returned.kind in ("folds", "ensemble")
    params = search.cv_results_["params"]
    unfitted = {number: candidate(plan, params[number]) for number in returned.weights}
    if averages_folds:
        models = [_fold_models(search, done, n, params[n]) for n in unfitted]
    else:
        models = [[one] for one in fit_several_on_all_rows(search, plan, unfitted)]
    members = [
        Member(
            f"candidate_{number}",
            unfitted[number],
            weight,
            own,
            done.kept.scale_of(number),
        )
        for (number, weight), own in zip(returned.weights.items(), models, strict=True)
    ]
    return fitted_ensemble(
        members,
        done.kept.target,
        done.kept.method_of(next(iter(returned.weights))),
        cv=plan.splitter if averages_folds else None,
    )


def _fold_models(search, done, number, params):
    """Return the models of a candidate's folds; fit them anew if they were not kept."""
    models = done.kept.models_of(number)
    if models is not None:
        return models
    n_splits = search.n_splits_
    if search.verbose > 0:
        print(
            f"Fitting the models of {n_splits} folds of candidate {number} anew: "
            f"{done.kept.reason_of(number)}"
        )
    trial = Trial(number, params)
    return [
        fit_on_split(done.evaluation, Task(trial, split)) for split in range(n_splits)
    ]
