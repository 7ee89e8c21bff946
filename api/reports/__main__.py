"""`python -m api.reports`: the report worker as a process of its own; ends cleanly on SIGTERM and Ctrl-C."""

import signal
import threading

from api.logs import configure_logs
from api.monitoring.pulse import WorkerPulse
from api.reports.worker import connect, run_worker
from api.settings import ApiSettings


def main() -> None:
    settings = ApiSettings()
    configure_logs(settings.log_level)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    url = settings.database_url.get_secret_value()
    with WorkerPulse(lambda: connect(url), "report_worker"):
        run_worker(url, stop)


if __name__ == "__main__":
    main()
