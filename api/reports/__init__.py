"""What a report says, and its PDF, CSV and Excel. Knows no web framework and no orchestrator."""
