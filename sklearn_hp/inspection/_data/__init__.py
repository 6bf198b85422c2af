"""Any fitted search, whichever library ran it, in one form."""

from sklearn_hp.inspection._data._of_cv_results import is_missing
from sklearn_hp.inspection._data._read import read_search
from sklearn_hp.inspection._data._records import Fits, Metric, Parameter, SearchData

__all__ = ["Fits", "Metric", "Parameter", "SearchData", "is_missing", "read_search"]
