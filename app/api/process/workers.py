"""Supervises uvicorn's worker processes with longer timeouts, and logs every replacement of one.

uvicorn replaces a worker that does not answer within `timeout_worker_healthcheck` (5 s), without a line at our log
level. A worker answers only after it has imported the application, which takes some 3 s of processor time. With more
workers than processors, or on a busy machine, uvicorn would replace them for ever.
"""

from __future__ import annotations

import logging
import time

from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import Multiprocess
from uvicorn.supervisors.multiprocess import Process

START_WITHIN_S, ANSWER_WITHIN_S = 300.0, 60.0
"""Seconds that a worker may be silent: until its first answer, and after it."""
PING_S = 0.5
"""Seconds between pings. A stop is noticed after at most one interval for each worker."""

logger = logging.getLogger("uvicorn.error")


class Workers(Multiprocess):
    """The supervisor of the API's workers, which share one socket."""

    def init_processes(self) -> None:
        """Start the workers."""
        self._begun: dict[Process, float] = {}
        self._answered: dict[Process, float] = {}
        super().init_processes()

    def keep_subprocess_alive(self) -> None:
        """Replace each worker that ended or has been silent for too long, and log why."""
        for place, worker in enumerate(self.processes):
            fault = self._fault_of(worker)
            if self.should_exit.is_set() or self.signal_queue:
                return
            if not fault:
                continue
            worker.kill()
            worker.join()
            if worker.exitcode == STARTUP_FAILURE:
                logger.error("API worker %s could not start: the API stops.", worker.pid)
                self.should_exit.set()
                return
            self.processes[place] = Process(self.config, self.sockets)
            self.processes[place].start()
            logger.warning("API worker %s %s: worker %s replaces it.", worker.pid, fault, self.processes[place].pid)
        self._answered = {worker: at for worker, at in self._answered.items() if worker in self.processes}
        self._begun = {worker: at for worker, at in self._begun.items() if worker in self.processes}

    def _fault_of(self, worker: Process) -> str:
        """The reason to replace a worker; empty if there is none."""
        if not worker.process.is_alive():
            return f"ended with exit code {worker.exitcode}"
        now = time.monotonic()
        begun = self._begun.setdefault(worker, now)
        # An answer that comes late is read by the next ping: it shows life all the same.
        if worker.ping(timeout=PING_S):
            self._answered[worker] = now
            return ""
        if worker in self._answered and now - self._answered[worker] >= ANSWER_WITHIN_S:
            return f"did not answer its supervisor for {ANSWER_WITHIN_S:g} s"
        if worker not in self._answered and now - begun >= START_WITHIN_S:
            return f"did not start within {START_WITHIN_S:g} s"
        return ""
