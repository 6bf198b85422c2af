"""The parts of ``sklearn.tests.test_common`` that apply to a search.

The searches are constructed as scikit-learn constructs its own for these checks, over
regressors, classifiers and pipelines, and may fail only what it lets its own fail. The
rest of the module tests transformers, estimators that take ``sample_weight`` by name,
or the package itself.
"""

from ._installed import load_common, scikit_learn_filters

_common = load_common("sklearn.tests.test_common")

pytestmark = scikit_learn_filters
test_estimators = _common.test_estimators
test_pandas_column_name_consistency = _common.test_pandas_column_name_consistency
test_check_param_validation = _common.test_check_param_validation
