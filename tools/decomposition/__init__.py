"""Questions taken apart, rewritten and made to stand alone, by rule."""

from .comparison import Comparison, compared
from .condensing import condense
from .parts import Shape, parallel, serial, shape
from .rewriting import rewrite

__all__ = ["Comparison", "Shape", "compared", "condense", "parallel", "rewrite", "serial", "shape"]
