"""One module per page: what it asks, and the context it hands to its template."""
