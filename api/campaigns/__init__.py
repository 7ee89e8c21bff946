"""The write side: what people enter, each change with its product event and its audit row in one transaction."""
