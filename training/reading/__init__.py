"""Fit what `questline.tools.reading` weighs: features, coefficients, confidence, and when it abstains."""
