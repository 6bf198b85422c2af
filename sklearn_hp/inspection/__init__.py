"""Pictures, numbers and findings of any fitted search."""

from sklearn_hp.inspection._ablation import AblationPathDisplay, AblationStep
from sklearn_hp.inspection._findings import Finding, findings
from sklearn_hp.inspection._history import SearchHistoryDisplay
from sklearn_hp.inspection._importance_display import ParameterImportanceDisplay
from sklearn_hp.inspection._paired import paired_differences
from sklearn_hp.inspection._parallel_coordinates import ParallelCoordinatesDisplay
from sklearn_hp.inspection._parameter_importance import parameter_importance
from sklearn_hp.inspection._pareto import ParetoDisplay
from sklearn_hp.inspection._report import Report, search_report
from sklearn_hp.inspection._rungs import RungsDisplay
from sklearn_hp.inspection._slice import ParameterSliceDisplay
from sklearn_hp.inspection._splits import SplitsDisplay
from sklearn_hp.inspection._summary import summary
from sklearn_hp.inspection._timeline import TimelineDisplay
from sklearn_hp.inspection._to_frame import to_frame
from sklearn_hp.inspection._winner import WinnerDisplay

__all__ = [
    "AblationPathDisplay",
    "AblationStep",
    "Finding",
    "ParallelCoordinatesDisplay",
    "ParameterImportanceDisplay",
    "ParameterSliceDisplay",
    "ParetoDisplay",
    "Report",
    "RungsDisplay",
    "SearchHistoryDisplay",
    "SplitsDisplay",
    "TimelineDisplay",
    "WinnerDisplay",
    "findings",
    "paired_differences",
    "parameter_importance",
    "search_report",
    "summary",
    "to_frame",
]
