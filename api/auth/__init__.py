"""Who is asking: passwords, sessions, API keys, roles, and how often somebody may try."""
