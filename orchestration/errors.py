"""The fault that a person can mend: its message says what was found, what was expected and what to do."""


class HostreadError(RuntimeError):
    """Base of every expected fault; the command prints it alone, without a stack trace, and ends with status 1."""
