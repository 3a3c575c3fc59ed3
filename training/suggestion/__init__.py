"""Fit and judge what `questline.tools.suggestion` weighs: the click model, its calibration, off-policy estimates.

python -P -m questline.training.suggestion.fit --panes FILE --out ctr.json
"""
