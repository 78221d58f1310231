"""Hooks for the API client: trace requests, announce the site before the first write, record run history."""

from __future__ import annotations

import json
from threading import Lock
from typing import TYPE_CHECKING

from loyaltyctl.api.hooks import (
    Changed,
    OutcomeUnknown,
    Reconciling,
    RequestStarted,
    ResponseReceived,
    RulesSeen,
    Waiting,
)
from loyaltyctl.api.methods import GET_TOKEN, SEARCH_ORDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from loyaltyctl.api.hooks import Hook, Notification
    from loyaltyctl.cli.runtime.messages import Messages
    from loyaltyctl.intake.values import Json


class MessageHook:
    """API hook that writes messages about waits and changes, and with `trace` about each request."""

    def __init__(self, messages: Messages, *, trace: bool) -> None:
        self._messages = messages
        self._trace = trace
        # Several sites are changed at once, each in a thread: the lines about one request stay together.
        self._lock = Lock()

    def __call__(self, notification: Notification) -> None:
        """Write a message about one notification of the API client; threads write one after another."""
        with self._lock:
            self._write_message(notification)

    def _write_message(self, notification: Notification) -> None:
        """Write a message about one notification that the API hook gets, if there is something to say."""
        match notification:
            case RulesSeen() | OutcomeUnknown():
                pass  # the command itself shows rules, and reports unknown outcomes
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
                self._messages.note(f"checking on the site whether this took effect: {notification.what}")

    def _write_trace(self, line: str, headers: Iterable[tuple[str, str]], body: Json) -> None:
        """Write a request or response that the API hook traces: first line, headers, body."""
        if not self._trace:
            return
        self._messages.write(line)
        for name, value in headers:
            self._messages.write(f"  {name}: {value}")
        if body:
            text = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False)
            self._messages.write(f"  {text}")


def announce_target(messages: Messages, describe: Callable[[], str]) -> Hook:
    """Return an API hook that prints which site is about to change, before the first write request."""

    def announce(notification: Notification) -> None:
        # The request for an app's access token and a search are POSTs too, but change nothing.
        if (
            isinstance(notification, RequestStarted)
            and notification.method != "GET"
            and not notification.url.endswith((GET_TOKEN.path, SEARCH_ORDERS.path))
        ):
            messages.note_once(describe())

    return announce


def record_changes(make_recorder: Callable[[], Hook]) -> Hook:
    """Return a hook for the API client that passes changes to a recorder of the run history.

    The hook calls `make_recorder` at the first change. So a command that only reads creates no ledger.
    """
    recorder: list[Hook] = []  # empty until the first change: a command that only reads creates no ledger

    def record(notification: Notification) -> None:
        if isinstance(notification, Changed | OutcomeUnknown):
            if not recorder:
                recorder.append(make_recorder())
            recorder[0](notification)

    return record
