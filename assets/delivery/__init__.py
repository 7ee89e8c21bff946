"""What leaves: sponsors' reports, rendered for each period and mailed once to each recipient."""
