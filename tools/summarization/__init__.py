"""Summaries that answer a query with pieces of a document, each with its place in it."""

from .embedded import summarize
from .page import Source
from .result import Conflict, Summary, SummarySpan
from .scoring import Encoder
from .summarizer import QuerySummarizer, Summarizer
from .verifying import verify

__all__ = [
    "Conflict",
    "Encoder",
    "QuerySummarizer",
    "Source",
    "Summarizer",
    "Summary",
    "SummarySpan",
    "summarize",
    "verify",
]
