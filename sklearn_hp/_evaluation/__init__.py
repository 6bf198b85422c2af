"""HOW to run tasks: fit and score one of them, and the workers that do it."""

from sklearn_hp._evaluation._evaluate import Evaluation, evaluate
from sklearn_hp._evaluation._joblib_compat import disk_root
from sklearn_hp._evaluation._keeping import Keep
from sklearn_hp._evaluation._pool import open_pool
from sklearn_hp._evaluation._private_folder import PrivateFolder

__all__ = ["Evaluation", "Keep", "PrivateFolder", "disk_root", "evaluate", "open_pool"]
