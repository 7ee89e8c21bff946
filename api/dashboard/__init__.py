"""The dashboard: server-rendered pages over the marts' single door. Jinja, htmx and ECharts; no front-end build."""
