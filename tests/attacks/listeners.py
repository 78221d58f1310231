"""`events listen` in a process of its own, and what it has saved."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import signal
    import subprocess
    from pathlib import Path


class Listener:
    """`events listen` in a process of its own, on a free port."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stderr
        self.said = process.stderr.readline()
        self.port = int(self.said.rpartition(":")[2] or 0) if self.said.startswith("listening") else 0

    def post(self, body: str) -> int:
        """The status for a body."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request("POST", "/", body)
        status = line.getresponse().status
        line.close()
        return status

    def end(self, number: signal.Signals | None = None) -> tuple[int, str]:
        """Its exit code and what else it said, once a signal has ended it, or it itself."""
        if number is not None:
            self.process.send_signal(number)
        err = self.process.communicate(timeout=60)[1]
        return self.process.returncode, err


def saved(file: Path) -> list[str]:
    """The ids of the events in a file, each line of which must be whole."""
    data = file.read_bytes()
    assert data == whole_lines(data)
    return ids_in(data)


def whole_lines(data: bytes) -> bytes:
    """What a file holds, without a line that a kill came into."""
    return data[: data.rfind(b"\n") + 1]


def ids_in(data: bytes) -> list[str]:
    return [json.loads(line)["eventId"] for line in data.splitlines()]
