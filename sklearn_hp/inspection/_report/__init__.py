"""A search as one page of HTML."""

from sklearn_hp.inspection._report._report import Report, search_report

__all__ = ["Report", "search_report"]
