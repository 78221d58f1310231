"""API client for earning rules: the eight methods of the API, and a lookup that combines Get and List."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from loyaltyctl.api import methods, reconcile
from loyaltyctl.api.calls import call
from loyaltyctl.api.methods import EARNING_RULES
from loyaltyctl.errors import NotFound
from loyaltyctl.intake.values import guid, quoted
from loyaltyctl.model.bulk import read_results
from loyaltyctl.model.rule_content import has_same_content
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.model.triggers import Kind, same_app

if TYPE_CHECKING:
    from collections.abc import Sequence

    from loyaltyctl.api.calls import Response
    from loyaltyctl.api.dry_run import DryRun
    from loyaltyctl.api.session import Session
    from loyaltyctl.intake.values import JsonObject
    from loyaltyctl.model.bulk import ItemResult
    from loyaltyctl.model.validation_results import RuleDraft
    from loyaltyctl.transport.deadline import Clock, Deadline

# In the class, `list` is a method.
RuleList: TypeAlias = "list[EarningRule]"
BulkResults: TypeAlias = "list[ItemResult]"


class Rules:
    """API client for the earning rules of one site."""

    def __init__(self, sender: Session | DryRun, clock: Clock) -> None:
        """Create an API client for earning rules, whose calls `sender` performs."""
        self._sender = sender
        self._clock = clock

    def list(self, *, trigger_app: str | None = None, trigger: str | None = None) -> RuleList:
        """List the earning rules of the site with API calls, optionally filtered by trigger and its app."""
        # Wix Stores has two app ids, and the API's filter takes only one id: hence a call for each.
        apps = [trigger_app] if trigger_app is None else sorted(same_app(trigger_app))
        found = [rule for app in apps for rule in self._list_rules(app, trigger)[0]]
        return [*{rule.id or str(i): rule for i, rule in enumerate(found)}.values()]

    def pick(self, ids: Sequence[str]) -> tuple[RuleList, dict[str, EarningRule]]:
        """List all earning rules of the site with one API call.

        Return all rules, and the rules with the given `ids` by id. An id that no rule has is left out.
        """
        for rule_id in ids:
            guid(rule_id, "a rule id")
        rules, _ = self._list_rules(None, None, ids=tuple(ids))
        by_id = {rule.id.lower(): rule for rule in rules}
        return rules, {rule_id: by_id[rule_id.lower()] for rule_id in ids if rule_id.lower() in by_id}

    def get(self, rule_id: str) -> EarningRule:
        """Get a non-automated earning rule with one API call.

        Raises NotFound for an automated rule: the API's method Get does not find it.
        """
        return self._get_rule(rule_id, None)

    def find(self, rule_id: str, deadline: Deadline | None = None) -> EarningRule:
        """Find an earning rule of any kind: with the API's method Get, or else with List.

        Get does not find automated rules. Raises NotFound if List does not contain the rule either.
        """
        try:
            return self._get_rule(rule_id, deadline)
        except NotFound as missing:
            rules, _ = self._list_rules(None, None, deadline)
            for rule in rules:
                if rule.id.lower() == rule_id.lower():
                    return rule
            raise missing from None

    def create(self, draft: RuleDraft) -> EarningRule:
        """Create a non-automated earning rule with an API call, and return the rule."""
        what = f"create the rule {quoted(draft.document.get('title'))}"
        desired = EarningRule(draft.document)
        trigger = desired.trigger_activity_type
        find_out = reconcile.created(
            what,
            lambda deadline: self._list_rules(None, trigger, deadline),
            like=lambda rule: (rule.title, rule.trigger_activity_type) == (desired.title, trigger),
            same=lambda rule: has_same_content(rule, desired),
            clock=self._clock,
        )
        body: JsonObject = {EARNING_RULES.one: draft.document}
        return _rule_in_response(self._sender.perform(call(methods.CREATE_RULE, what, body=body), find_out))

    def create_custom(self, custom_type: str, draft: RuleDraft) -> EarningRule:
        """Create a custom automated earning rule of a type such as SOCIAL_MEDIA with an API call."""
        what = f"create the custom rule {custom_type}"
        desired = EarningRule(draft.document)
        find_out = reconcile.created(
            what,
            lambda deadline: self._list_rules(None, None, deadline),
            like=lambda rule: rule.kind is Kind.CUSTOM,
            same=lambda rule: (
                rule.title == (desired.title or rule.title)
                and rule.configs == (desired.configs or rule.configs)
            ),
            clock=self._clock,
        )
        body: JsonObject = {"type": custom_type}
        if draft.document:
            body[EARNING_RULES.one] = draft.document
        return _rule_in_response(
            self._sender.perform(call(methods.CREATE_CUSTOM_RULE, what, body=body), find_out)
        )

    def bulk_create(self, drafts: Sequence[RuleDraft]) -> BulkResults:
        """Create up to 100 non-automated earning rules with one API call.

        Return the results in the order of the drafts. Raises Incomplete if the response was lost: the client
        does not find out which rules were created.
        """
        body: JsonObject = {EARNING_RULES.many: [draft.document for draft in drafts]}
        what = f"create {len(drafts)} rules"
        response = self._sender.perform(call(methods.BULK_CREATE_RULES, what, body=body))
        return read_results(response.body, len(drafts))

    def update(self, rule_id: str, changes: JsonObject, revision: str | None) -> EarningRule:
        """Update an earning rule with an API call, and return the updated rule.

        `revision` is the current revision of the rule; None for a rule without one.
        """
        what = f"update the rule {rule_id}"
        find_out = reconcile.updated(what, lambda deadline: self.find(rule_id, deadline), changes, revision)
        body: JsonObject = {EARNING_RULES.one: changes}
        update = call(methods.UPDATE_RULE, what, rule_id, body=body, revision=revision)
        return _rule_in_response(self._sender.perform(update, find_out))

    def delete(self, rule_id: str, revision: str | None) -> None:
        """Delete a non-automated earning rule with an API call; `revision` is its current revision."""
        # The vendor's reference calls the revision optional; live calls without it get 409 INVALID_REVISION.
        what = f"delete the rule {rule_id}"
        self._sender.perform(call(methods.DELETE_RULE, what, rule_id, revision=revision))

    def delete_automation(self, rule_id: str) -> None:
        """Delete a custom automated earning rule with an API call. Pre-installed rules can only be paused."""
        self._sender.perform(call(methods.DELETE_AUTOMATION_RULE, f"delete the rule {rule_id}", rule_id))

    def _get_rule(self, rule_id: str, deadline: Deadline | None) -> EarningRule:
        """Call the API's method Get for an earning rule, within the time until `deadline`."""
        get = call(methods.GET_RULE, f"get the rule {rule_id}", rule_id)
        return _rule_in_response(self._sender.perform(get, deadline=deadline))

    def _list_rules(
        self,
        trigger_app: str | None,
        trigger: str | None,
        deadline: Deadline | None = None,
        ids: tuple[str, ...] = (),
    ) -> tuple[RuleList, float | None]:
        """Call the API's method List for earning rules; a filter that is None matches all rules.

        Return the rules, and the time on the server's clock; the time is None if the response does not give
        it. A dry run returns a placeholder for each of the `ids`.
        """
        filters = {"triggerAppId": trigger_app, "triggerActivityType": trigger}
        query = {name: value for name, value in filters.items() if value is not None}
        response = self._sender.perform(
            call(methods.LIST_RULES, "list the rules", query=query, ids=ids), deadline=deadline
        )
        rules = [*map(EarningRule.read, EARNING_RULES.entities(response.body))]
        return rules, response.server_time


def _rule_in_response(response: Response) -> EarningRule:
    """Return the earning rule in a response of the API."""
    body = response.body
    return EarningRule.read(body.get(EARNING_RULES.one) if isinstance(body, dict) else None)
