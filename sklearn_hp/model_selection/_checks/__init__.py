"""What is refused, or warned of, before the first fit: what was given, and the remedy.

One file for each kind of thing that is given: arguments, spaces, names of parameters,
their values, splits, a sampler. Those of other libraries are met with a translation.
"""

from sklearn_hp.model_selection._checks._arguments import (
    check_estimator,
    check_no_callbacks,
    check_refit,
    check_rows_can_be_chosen,
    check_scoring,
    warn_of_eval_set,
)
from sklearn_hp.model_selection._checks._limits import check_limits
from sklearn_hp.model_selection._checks._names import check_param_names, representatives
from sklearn_hp.model_selection._checks._other_names import (
    REMEDIES_BAYES,
    REMEDIES_GRID,
    REMEDIES_RANDOM,
)
from sklearn_hp.model_selection._checks._own_sampler import (
    copy_sampler,
    warn_of_unsearched,
)
from sklearn_hp.model_selection._checks._spaces import (
    check_has_end,
    check_param_distributions,
    check_param_grid,
)
from sklearn_hp.model_selection._checks._splits import (
    check_split,
    list_splits,
    make_splitter,
    missing_classes,
)
from sklearn_hp.model_selection._checks._translations import warn_of_ranges
from sklearn_hp.model_selection._checks._values import check_values

__all__ = [
    "REMEDIES_BAYES",
    "REMEDIES_GRID",
    "REMEDIES_RANDOM",
    "check_estimator",
    "check_has_end",
    "check_limits",
    "check_no_callbacks",
    "check_param_distributions",
    "check_param_grid",
    "check_param_names",
    "check_refit",
    "check_rows_can_be_chosen",
    "check_scoring",
    "check_split",
    "check_values",
    "copy_sampler",
    "list_splits",
    "make_splitter",
    "missing_classes",
    "representatives",
    "warn_of_eval_set",
    "warn_of_ranges",
    "warn_of_unsearched",
]
