"""The public API, /v1: one module per noun, each a thin layer over `api.marts` (reading) and `api.campaigns` (writing)."""
