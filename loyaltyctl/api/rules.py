"""The eight methods of the Earning Rules API, one to one, and the look-up that joins two of them.

Paths have the prefix that answers in live calls; the one in the reference's cURL
examples, without `/_api`, is a 404 there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias
from urllib.parse import quote

from loyaltyctl.api import reconcile
from loyaltyctl.api.calls import RULES_API, Call, Effect, Gives
from loyaltyctl.errors import NotFound
from loyaltyctl.intake.values import guid, quoted
from loyaltyctl.model.bulk import read_results
from loyaltyctl.model.rules import EarningRule, fingerprint
from loyaltyctl.model.triggers import Kind, same_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.api.calls import Response
    from loyaltyctl.api.session import Sender
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.bulk import ItemResult
    from loyaltyctl.model.problems import RuleDraft
    from loyaltyctl.transport.deadline import Clock, Deadline

PREFIX = f"/_api{RULES_API}v1"
RULES = f"{PREFIX}/earning-rules"
MAX_BULK = 100

RuleList: TypeAlias = "list[EarningRule]"
BulkResults: TypeAlias = "list[ItemResult]"


class Rules:
    """Earning rules of one site."""

    def __init__(self, sender: Sender, clock: Clock) -> None:
        self._sender = sender
        self._clock = clock

    def list(self, *, trigger_app: str | None = None, trigger: str | None = None) -> RuleList:
        """Rules of all kinds, those with this trigger (and trigger app) where they are given.

        An app with two ids is asked for by each of them.
        """
        apps = [trigger_app] if trigger_app is None else sorted(same_app(trigger_app))
        found = [rule for app in apps for rule in self._list(app, trigger)[0]]
        return [*{rule.id or str(i): rule for i, rule in enumerate(found)}.values()]

    def pick(self, ids: Sequence[str]) -> tuple[RuleList, dict[str, EarningRule]]:
        """All rules of the site, and those with these ids by the id that was asked for; one call."""
        for rule_id in ids:
            _segment(rule_id)
        rules, _ = self._list(None, None, about=tuple(ids))
        by_id = {rule.id.lower(): rule for rule in rules}
        return rules, {rule_id: by_id[rule_id.lower()] for rule_id in ids if rule_id.lower() in by_id}

    def get(self, rule_id: str) -> EarningRule:
        """A non-automated rule; others are NotFound here."""
        return self._get(rule_id, None)

    def find(self, rule_id: str, deadline: Deadline | None = None) -> EarningRule:
        """A rule of any kind: Get, and where that finds none, List."""
        try:
            return self._get(rule_id, deadline)
        except NotFound as missing:
            rules, _ = self._list(None, None, deadline)
            for rule in rules:
                if rule.id.lower() == rule_id.lower():
                    return rule
            raise missing from None

    def create(self, draft: RuleDraft) -> EarningRule:
        """A new non-automated rule."""
        what = f"create the rule {quoted(draft.document.get('title'))}"
        call = Call(
            what, Effect.CREATE, "POST", RULES, body={"earningRule": draft.document}, gives=Gives.RULE
        )
        wanted = EarningRule(draft.document)
        trigger = wanted.trigger_activity_type
        find_out = reconcile.created(
            what,
            lambda deadline: self._list(None, trigger, deadline),
            like=lambda rule: (rule.title, rule.trigger_activity_type) == (wanted.title, trigger),
            same=lambda rule: fingerprint(rule.document) == fingerprint(draft.document),
            clock=self._clock,
        )
        return _rule(self._sender.perform(call, find_out))

    def create_custom(self, custom_type: str, draft: RuleDraft) -> EarningRule:
        """A new custom automated rule of a type such as SOCIAL_MEDIA."""
        what = f"create the custom rule {custom_type}"
        body: JsonObject = {"type": custom_type}
        if draft.document:
            body["earningRule"] = draft.document
        call = Call(what, Effect.CREATE, "POST", f"{RULES}/custom", body=body, gives=Gives.RULE)
        wanted = EarningRule(draft.document)
        find_out = reconcile.created(
            what,
            lambda deadline: self._list(None, None, deadline),
            like=lambda rule: rule.kind is Kind.CUSTOM,
            same=lambda rule: (
                rule.title == (wanted.title or rule.title)
                and rule.configs == (wanted.configs or rule.configs)
            ),
            clock=self._clock,
        )
        return _rule(self._sender.perform(call, find_out))

    def bulk_create(self, drafts: Sequence[RuleDraft]) -> BulkResults:
        """Up to 100 new non-automated rules: a result for each draft, in their order.

        Raises Incomplete where the answer was lost; to find out what became of the rules
        takes the list of those that were there before, which a journal keeps.
        """
        documents: JsonObject = {"earningRules": [draft.document for draft in drafts]}
        what = f"create {len(drafts)} rules"
        path = f"{PREFIX}/bulk/earning-rules/create"
        call = Call(what, Effect.CREATE, "POST", path, body=documents, gives=Gives.RESULTS)
        return read_results(self._sender.perform(call).body, len(drafts))

    def update(self, rule_id: str, changes: JsonObject, revision: str | None) -> EarningRule:
        """The rule after `changes`, which hold against `revision` (None for a rule that has none)."""
        what = f"update the rule {rule_id}"
        lock: JsonObject = {} if revision is None else {"revision": revision}
        call = Call(
            what,
            Effect.UPDATE,
            "PUT",
            _path(rule_id),
            body={"earningRule": changes | lock},
            gives=Gives.RULE,
            about=(rule_id,),
        )
        find_out = reconcile.updated(what, lambda deadline: self.find(rule_id, deadline), changes, revision)
        return _rule(self._sender.perform(call, find_out))

    def delete(self, rule_id: str, revision: str | None) -> None:
        """Delete a non-automated rule that is at `revision`."""
        query = {} if revision is None else {"revision": revision}
        call = Call(
            f"delete the rule {rule_id}", Effect.DELETE, "DELETE", _path(rule_id), query, about=(rule_id,)
        )
        self._sender.perform(call)

    def delete_automation(self, rule_id: str) -> None:
        """Delete a custom automated rule."""
        path = f"{PREFIX}/automation-earning-rules/{_segment(rule_id)}"
        call = Call(f"delete the rule {rule_id}", Effect.DELETE, "DELETE", path, about=(rule_id,))
        self._sender.perform(call)

    def _get(self, rule_id: str, deadline: Deadline | None) -> EarningRule:
        what = f"get the rule {rule_id}"
        call = Call(what, Effect.READ, "GET", _path(rule_id), gives=Gives.RULE, about=(rule_id,))
        return _rule(self._sender.perform(call, deadline=deadline))

    def _list(
        self,
        trigger_app: str | None,
        trigger: str | None,
        deadline: Deadline | None = None,
        about: tuple[str, ...] = (),
    ) -> tuple[RuleList, float | None]:
        filters = {"triggerAppId": trigger_app, "triggerActivityType": trigger}
        query = {name: value for name, value in filters.items() if value is not None}
        path = f"{RULES}/rules"
        call = Call("list the rules", Effect.READ, "GET", path, query, gives=Gives.RULES, about=about)
        answer = self._sender.perform(call, deadline=deadline)
        return [*map(EarningRule.read, answer.rules())], answer.server_time


def _path(rule_id: str) -> str:
    return f"{RULES}/{_segment(rule_id)}"


def _segment(rule_id: str) -> str:
    """A rule's id as part of a path: anything but a GUID could name another resource."""
    return quote(guid(rule_id, "a rule id"), safe="")


def _rule(answer: Response) -> EarningRule:
    return EarningRule.read(answer.body.get("earningRule") if isinstance(answer.body, dict) else None)
