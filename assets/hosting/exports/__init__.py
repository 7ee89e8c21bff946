"""Hosts that give files: one file a host, a map from the headers that it writes to canonical rows (domain rules, section 2)."""
