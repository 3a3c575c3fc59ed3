"""What comes next in a session: counted from sessions, in less than a millisecond, and exactly forgotten on request."""

from .contract import AlsoForgets, Recommender
from .recommender import SessionRecommender
from .requests import ForgetRequest, read_requests
from .result import Audit, Finding, ForgetReport, Outcome, Recommendation, Recommendations, Session
from .scoring import Weights

__all__ = [
    "AlsoForgets",
    "Audit",
    "Finding",
    "ForgetReport",
    "ForgetRequest",
    "Outcome",
    "Recommendation",
    "Recommendations",
    "Recommender",
    "Session",
    "SessionRecommender",
    "Weights",
    "read_requests",
]
