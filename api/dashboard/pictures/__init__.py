"""Charts of each page, made by pure functions from what `api.marts` returns: nothing here asks the database."""
