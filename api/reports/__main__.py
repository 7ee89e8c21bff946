"""`python -m api.reports`: the report worker as a process of its own; ends cleanly on SIGTERM and Ctrl-C."""

import logging
import signal
import threading

from api.reports.worker import run_worker
from api.settings import ApiSettings


def main() -> None:
    settings = ApiSettings()
    logging.basicConfig(level=settings.log_level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    run_worker(settings.database_url.get_secret_value(), stop)


if __name__ == "__main__":
    main()
