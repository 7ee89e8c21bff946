"""One file a hosting platform, one protocol, one row shape (domain rules, section 2)."""
