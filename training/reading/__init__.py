"""Fit what `questline.tools.reading` weighs: features, coefficients, confidence, and when it abstains.

python -P -m questline.training.reading.fit --corpus FILE --questions FILE --out coefficients.toml
"""
