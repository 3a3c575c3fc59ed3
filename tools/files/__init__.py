"""Files of named folders, to be listed and read, and nothing outside of them."""

from .result import FileInfo, Limits, Listing, TextPart
from .roots import Roots

__all__ = ["FileInfo", "Limits", "Listing", "Roots", "TextPart"]
