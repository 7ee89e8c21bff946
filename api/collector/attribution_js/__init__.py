"""attribution.js: the script that sponsors' pages load, and how the collector serves it."""
