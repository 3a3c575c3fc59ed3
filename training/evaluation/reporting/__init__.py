"""One HTML page of any set of result files: measures, slices, curves, paired comparisons, examples of errors."""

from .page import PageReport, report_page
from .writing import write_page

__all__ = ["PageReport", "report_page", "write_page"]
