"""Pictures as SVG that grow downwards: wrapped texts, boxes, arrows, and bars over time."""

from .bars import Row, draw_bars
from .page import HIGH, STYLE, WIDE, Page, cut

__all__ = ["HIGH", "STYLE", "WIDE", "Page", "Row", "cut", "draw_bars"]
