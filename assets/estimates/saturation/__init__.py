"""Saturation of a channel (a show, for a sponsor): numbers in, numbers out. The way in is `fit` of assets.estimates.saturation.fitting."""
