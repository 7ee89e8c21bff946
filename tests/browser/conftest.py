"""A loaded machine of two cores takes its time: how long a page may take is when to give up, and no bound on its speed."""

from playwright.sync_api import expect

expect.set_options(timeout=60_000)
