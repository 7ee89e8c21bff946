"""The collector's raw tables as assets: it fills them by itself, and a run seals, counts and describes a day of them."""
