"""Fit and judge what `questline.tools.suggestion` weighs: the click model, its calibration, off-policy estimates."""
