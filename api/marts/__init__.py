"""The single door to the warehouse: what the API, the dashboard and the reports read, and nothing else reads marts."""
