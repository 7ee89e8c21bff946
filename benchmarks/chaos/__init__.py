"""Breaks collectors and their database under load, at moments of a seed, and asks whether a promise was broken."""
