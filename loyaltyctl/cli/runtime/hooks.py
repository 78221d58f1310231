"""Hooks of the API client: messages about requests, the name of the site before writes, the run history."""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING

from loyaltyctl.api.auth import TOKEN_PATH
from loyaltyctl.api.hooks import (
    Changed,
    OutcomeUnknown,
    Reconciling,
    RequestStarted,
    ResponseReceived,
    RulesSeen,
    Waiting,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from loyaltyctl.api.hooks import Hook, Notification
    from loyaltyctl.cli.runtime.messages import Messages
    from loyaltyctl.intake.values import Json


class MessageHook:
    """Hook that writes messages about the work of sessions: waits, changes, and with `trace` each request."""

    def __init__(self, messages: Messages, *, trace: bool) -> None:
        self._messages = messages
        self._trace = trace
        self._lock = (
            Lock()
        )  # lines about one request stay together: a session of each site has its own thread

    def __call__(self, notification: Notification) -> None:
        with self._lock:
            self._write(notification)

    def _write(self, notification: Notification) -> None:
        match notification:
            case RulesSeen() | OutcomeUnknown():
                pass  # the command shows them
            case Changed():
                self._messages.verbose(f"done: {notification.what}")
            case RequestStarted(method, url, headers, body):
                self._write_trace(f"> {method} {url}", headers.items(), body)
            case ResponseReceived(status, seconds, request_id, text):
                shown = {"X-Wix-Request-Id": request_id} if request_id else {}
                self._write_trace(f"< {status} after {seconds * 1000:.0f} ms", shown.items(), text)
            case Waiting():
                self._messages.note(f"waiting {notification.seconds:.1f} s: {notification.why}")
            case Reconciling():
                self._messages.note(
                    f"not sure whether this took effect, looking at the site: {notification.what}"
                )

    def _write_trace(self, line: str, headers: Iterable[tuple[str, str]], body: Json) -> None:
        if not self._trace:
            return
        self._messages.write(line)
        for name, value in headers:
            self._messages.write(f"  {name}: {value}")
        if body:
            text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
            self._messages.write(f"  {text}")


def announce_target(messages: Messages, describe: Callable[[], str]) -> Hook:
    """Return a hook that writes the described site before the first write to it."""

    def announce(notification: Notification) -> None:
        if (
            isinstance(notification, RequestStarted)
            and notification.method != "GET"
            and not notification.url.endswith(TOKEN_PATH)
        ):
            messages.note_once(describe())

    return announce


def record_changes(make_recorder: Callable[[], Hook]) -> Hook:
    """Return a hook that records changes for `rules history`; the ledger is opened with the first one."""
    recorder: list[Hook] = []

    def record(notification: Notification) -> None:
        if isinstance(notification, Changed | OutcomeUnknown):
            if not recorder:
                recorder.append(make_recorder())
            recorder[0](notification)

    return record
