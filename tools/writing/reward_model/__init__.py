"""A reward model of characters: pieces of one to three characters and how a text is laid out, at no cost in length."""

from .file import load_model, save_model
from .model import CharacterRewardModel
from .shipped import load_reward_model

__all__ = ["CharacterRewardModel", "load_model", "load_reward_model", "save_model"]
