"""Saturation of a channel (for a sponsor: a show). Numbers in, numbers out; the way in is `fit` of fitting.py."""
