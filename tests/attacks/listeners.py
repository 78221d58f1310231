"""`events listen` in a separate process, and the events it saved."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import signal
    import subprocess
    from pathlib import Path


class Listener:
    """`events listen` in a separate process, on a free port."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        assert process.stderr
        self.output = process.stderr.readline()
        self.port = int(self.output.rpartition(":")[2] or 0) if self.output.startswith("listening") else 0

    def post(self, body: str) -> int:
        """Post a body; return the status."""
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        line.request("POST", "/", body)
        status = line.getresponse().status
        line.close()
        return status

    def end(self, number: signal.Signals | None = None) -> tuple[int, str]:
        """Wait for the end, after a signal if one is given; return the exit code and the rest of stderr."""
        if number is not None:
            self.process.send_signal(number)
        err = self.process.communicate(timeout=60)[1]
        return self.process.returncode, err


def saved(file: Path) -> list[str]:
    """Return the IDs of the events in a file, and check that each line is complete."""
    data = file.read_bytes()
    assert data == whole_lines(data)
    return ids_in(data)


def whole_lines(data: bytes) -> bytes:
    """Return the complete lines of a file."""
    return data[: data.rfind(b"\n") + 1]


def ids_in(data: bytes) -> list[str]:
    return [json.loads(line)["eventId"] for line in data.splitlines()]
