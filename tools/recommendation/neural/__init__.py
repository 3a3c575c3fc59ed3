"""Recommenders of the next click that are trained: GRU4Rec, SASRec, BERT4Rec (spec 07 §2.2, §2.7).

Nothing here loads torch before a network is made, or read from its checkpoint.
"""

from .checkpoint import Trained, load, made, save
from .config import KINDS, Kind, NetConfig
from .served import TrainedRecommender

__all__ = ["KINDS", "Kind", "NetConfig", "Trained", "TrainedRecommender", "load", "made", "save"]
