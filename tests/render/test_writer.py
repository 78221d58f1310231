"""Values in every format, on a terminal and in a pipe."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from ruamel.yaml import YAML

from loyaltyctl.cli.runtime.views import RULE
from loyaltyctl.config.formats import Format
from loyaltyctl.errors import UsageError
from loyaltyctl.intake import csv_text, yaml_text
from loyaltyctl.model.rules import EarningRule
from loyaltyctl.render.csv_tsv import tsv_time
from loyaltyctl.render.selection import Fields, Query, sort_values
from loyaltyctl.render.table import relative_time
from loyaltyctl.render.terminal import UNLIMITED_WIDTH, Terminal
from loyaltyctl.render.visible import HOSTILE
from loyaltyctl.render.writer import Writer
from loyaltyctl.sandbox.seeds import seeds
from tests.render.hostile import HOSTILE_TEXTS

if TYPE_CHECKING:
    from collections.abc import Sequence

RULES = [EarningRule(document) for document in seeds()]
NOW = datetime(2024, 9, 19, 12, 6, 40, tzinfo=UTC).timestamp()
PIPE = Terminal(interactive=False, width=UNLIMITED_WIDTH, color=False, now=NOW)
SGR = re.compile(r"\x1b\[[0-9;]*m")


def screen(width: int = 200, *, color: bool = False) -> Terminal:
    return Terminal(interactive=True, width=width, color=color, now=NOW)


def many(
    format_: Format | None, rules: Sequence[EarningRule] = RULES, where: Terminal = PIPE, **more: Any
) -> str:
    return Writer(where, format_, **more).many(rules, RULE)


def test_the_default_format_is_a_table_on_a_terminal_and_tsv_elsewhere() -> None:
    assert many(None, where=screen()).startswith("ID  ")
    assert many(None).splitlines()[0].split("\t") == [
        "b690f925-8527-4d5e-b358-4b0adcb275b5",
        "Purchase a product",
        "20 per 1",
        "ACTIVE",
        "stores/OrderPaid",
        "non-automated",
        "1",
        "2024-09-16T12:06:39.294Z",
    ]


@pytest.mark.parametrize("format_", [one for one in Format if one is not Format.SARIF])
def test_every_format_writes_many_one_and_none(format_: Format) -> None:
    assert many(format_)
    assert Writer(PIPE, format_).one(RULES[0], RULE)
    assert (
        many(format_, []) == {Format.JSON: "[]\n", Format.YAML: "[]\n"}.get(format_, "")
        or format_ is Format.CSV
    )


def test_json_is_compact_in_a_pipe_and_indented_on_a_terminal() -> None:
    assert many(Format.JSON).count("\n") == 1
    assert many(Format.JSON, where=screen()).count("\n") > 50
    assert json.loads(many(Format.JSON)) == json.loads(many(Format.JSON, where=screen())) == seeds()
    assert json.loads(Writer(PIPE, Format.JSON).one(RULES[0], RULE)) == seeds()[0]


def test_jsonl_has_a_line_for_each() -> None:
    assert [json.loads(line) for line in many(Format.JSONL).splitlines()] == seeds()


def test_yaml_parses_back_to_the_values() -> None:
    assert YAML(typ="safe", pure=True).load(many(Format.YAML)) == seeds()


def test_ids_have_one_line_each() -> None:
    assert many(Format.ID).split() == [rule.id for rule in RULES]


def test_csv_output_is_a_valid_rules_file() -> None:
    rows: Any = [row.cells for row in csv_text.loads(many(Format.CSV), "x.csv")]

    assert [row["title"] for row in rows] == [rule.title for rule in RULES]
    assert rows[1]["tiers"] == "7d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a=150"
    assert (rows[0]["points"], rows[0]["per"]) == ("20", "1")


@pytest.mark.parametrize("format_", [one for one in Format if one is not Format.SARIF])
@pytest.mark.parametrize("color", [False, True])
def test_hostile_titles_are_escaped_in_every_format(format_: Format, *, color: bool) -> None:
    rules = [
        EarningRule({"id": text, "title": text, "triggerActivityType": text, "status": "ACTIVE"})
        for text in HOSTILE_TEXTS
    ]

    written = many(format_, rules, screen(color=color))

    assert not HOSTILE.search(SGR.sub("", written).replace("\n", "").replace("\t", ""))
    assert "Welcome" not in written


def test_a_table_has_a_line_for_each_rule_whatever_their_titles() -> None:
    rules = [EarningRule({"id": "x", "title": text}) for text in HOSTILE_TEXTS]

    assert len(many(Format.TABLE, rules, screen()).splitlines()) == len(rules) + 1


def test_formulas_are_escaped_in_csv() -> None:
    rules = [EarningRule({"id": "x", "title": text}) for text in HOSTILE_TEXTS]

    cells = [cell for row in csv.reader(io.StringIO(many(Format.CSV, rules))) for cell in row]

    assert not [cell for cell in cells if cell.lstrip(" \u00a0").startswith(csv_text.FORMULA_STARTS)]


def test_text_that_begins_with_an_escape_is_no_formula_in_csv() -> None:
    text = many(Format.CSV, [EarningRule({"title": "\n=1"})], fields=Fields("title"))

    assert text == "title\n\\n=1\n"


@pytest.mark.parametrize("width", [1, 20, 40, 60, 80, 100, 132, 200])
def test_ids_are_never_truncated_and_the_other_columns_fit(width: int) -> None:
    lines = many(Format.TABLE, where=screen(width)).splitlines()

    assert all(rule.id in line for rule, line in zip(RULES, lines[1:], strict=True))
    assert "STATUS" in lines[0]
    assert max(map(len, lines)) <= max(width, 62)


def test_colors_are_used_only_on_request() -> None:
    assert "\x1b[" not in many(Format.TABLE, where=screen())
    assert "\x1b[32mACTIVE" in many(Format.TABLE, where=screen(color=True))


def test_a_single_rule_is_a_record_on_a_terminal() -> None:
    lines = Writer(screen()).one(RULES[1], RULE).splitlines()

    assert lines[2] == "EARNS           100 points · 7d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a: 150 points"
    assert lines[-1] == "UPDATED         3 d ago"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "just now"), (59, "just now"), (60, "1 min ago"), (3599, "59 min ago"), (7200, "2 h ago"), (86400 * 29, "29 d ago"), (86400 * 60, "2 mo ago"), (86400 * 800, "2 y ago"), (-5, "just now"), (-120, "in the future")],
)  # fmt: skip
def test_times_in_a_table_are_relative(seconds: int, text: str) -> None:
    assert relative_time(datetime.fromtimestamp(NOW - seconds, UTC), NOW) == text


def test_times_in_a_pipe_are_utc() -> None:
    assert tsv_time(datetime.fromisoformat("2024-01-01T02:00:00+02:00")) == "2024-01-01T00:00:00Z"
    assert tsv_time(datetime.fromisoformat("2024-01-01T02:00:00.250+02:00")) == "2024-01-01T00:00:00.250Z"


class TestFields:
    """`--fields` in every format."""

    def test_fields_keep_their_order_and_structure(self) -> None:
        written = many(Format.JSON, RULES[1:2], fields=Fields("title,fixedAmount.configs.points,id"))

        assert written == (
            '[{"title":"Book a session","fixedAmount":{"configs":[{"points":100},{"points":150}]},'
            '"id":"3f6f1c0e-5a52-4f0e-9a55-0c5f5d1d7a10"}]\n'
        )

    def test_paths_with_a_common_prefix_are_merged(self) -> None:
        picked = Fields("fixedAmount.configs.tierId,fixedAmount.configs.points").project(RULES[1].document)

        assert picked == {
            "fixedAmount": {
                "configs": [
                    {"tierId": None, "points": 100},
                    {"tierId": "7d4c3b2a-1f0e-4d9c-8b7a-6f5e4d3c2b1a", "points": 150},
                ]
            }
        }

    @pytest.mark.parametrize(
        "text", ["fixedAmount,fixedAmount.configs.points", "fixedAmount.configs,fixedAmount"]
    )
    def test_a_field_is_complete_if_a_field_inside_it_is_selected_too(self, text: str) -> None:
        assert Fields(text).project(RULES[1].document) == {"fixedAmount": RULES[1].document["fixedAmount"]}

    def test_an_index_selects_an_item_of_a_list(self) -> None:
        assert Fields("fixedAmount.configs.1.points").project(RULES[1].document) == {
            "fixedAmount": {"configs": [{"points": 150}]}
        }
        assert Fields("fixedAmount.configs.1.points").row(RULES[1].document) == [150]
        assert Fields("fixedAmount.configs.9.points").row(RULES[1].document) == [None]

    @pytest.mark.parametrize(("format_", "text"), [
        (Format.TSV, "Book a session\t[100,150]\t\n"),
        (Format.CSV, 'title,fixedAmount.configs.points,conversionRate.field\nBook a session,"[100,150]",\n'),
        (Format.TABLE, "TITLE           FIXEDAMOUNT.CONFIGS.POINTS  CONVERSIONRATE.FIELD\nBook a session  [100,150]\n"),
    ])  # fmt: skip
    def test_rows_have_a_cell_for_each_field(self, format_: Format, text: str) -> None:
        fields = Fields("title,fixedAmount.configs.points,conversionRate.field")

        assert many(format_, RULES[1:2], fields=fields) == text

    @pytest.mark.parametrize(
        ("path", "near"),
        [
            ("titel", "did you mean title?"),
            ("fixedAmount.config", "did you mean fixedAmount.configs"),
            ("zzz", "known are id, title"),
        ],
    )
    def test_an_unknown_field_is_rejected_even_without_rules(self, path: str, near: str) -> None:
        for rules in (RULES, []):
            with pytest.raises(UsageError, match=re.escape(near)):
                many(Format.JSON, rules, fields=Fields(path))

    def test_a_field_that_only_the_response_has_is_accepted(self) -> None:
        assert (
            many(Format.TSV, [EarningRule({"newer": {"a": [{"b": 1}]}})], fields=Fields("newer.a.b"))
            == "[1]\n"
        )
        assert many(Format.TSV, [EarningRule({"newer": [5, 6]})], fields=Fields("newer.1")) == "6\n"

    @pytest.mark.parametrize("text", ["", ",", "a,", " "])
    def test_an_empty_field_is_rejected(self, text: str) -> None:
        with pytest.raises(UsageError):
            Fields(text)


class TestQuery:
    """`--query` in every format."""

    @pytest.mark.parametrize(("format_", "expression", "text"), [
        (None, "[0].id", "b690f925-8527-4d5e-b358-4b0adcb275b5\n"),
        (None, "length(@)", "7\n"),
        (None, "[0].nothing", "\n"),
        (None, "[0].[id, revision]", '["b690f925-8527-4d5e-b358-4b0adcb275b5","1"]\n'),
        (Format.JSON, "[0].id", '"b690f925-8527-4d5e-b358-4b0adcb275b5"\n'),
        (Format.JSONL, "[0:2].title", '"Purchase a product"\n"Book a session"\n'),
        (Format.JSONL, "[0].title", '"Purchase a product"\n'),
        (Format.YAML, "[0:2].title", "- Purchase a product\n- Book a session\n"),
    ])  # fmt: skip
    def test_the_result_of_a_query_in_each_format(
        self, format_: Format | None, expression: str, text: str
    ) -> None:
        assert many(format_, query=Query(expression)) == text

    def test_a_bare_result_is_escaped(self) -> None:
        assert many(None, [EarningRule({"title": "\x1b[2J"})], query=Query("[0].title")) == "\\x1b[2J\n"

    @pytest.mark.parametrize("expression", ["[", "", "a..b", "foo(@)", "abs(@)", "{"])
    def test_an_invalid_query_is_rejected(self, expression: str) -> None:
        with pytest.raises(UsageError, match="--query"):
            Query(expression).find([1])

    @pytest.mark.parametrize("format_", [Format.CSV, Format.TSV, Format.TABLE, Format.ID])
    def test_a_query_rejects_formats_other_than_json(self, format_: Format) -> None:
        with pytest.raises(UsageError, match="cannot be written as"):
            Writer.of(PIPE, format_, None, None, "[0]")

    @pytest.mark.parametrize("usual", [*Format])
    def test_a_query_overrides_the_configured_format(self, usual: Format) -> None:
        assert (
            Writer.of(PIPE, None, usual, None, "[0].title").many(RULES, RULE).strip('"\n') == RULES[0].title
        )

    def test_an_unknown_function_is_rejected_before_the_query_runs(self) -> None:
        with pytest.raises(UsageError, match=r"there is no function nothing\(\)"):
            Query("[?a > `1`].{b: sort(nothing(c))}")


def test_fields_and_ids_are_mutually_exclusive() -> None:
    with pytest.raises(UsageError, match="--fields cannot be written as id"):
        Writer.of(PIPE, Format.ID, None, "title", None)
    assert Writer.of(PIPE, None, Format.ID, "title", None).many(RULES[:1], RULE) == f"{RULES[0].title}\n"


@pytest.mark.parametrize("path", ["fixedAmount.configs.²", f"fixedAmount.configs.{'9' * 5000}"])
def test_an_invalid_index_is_an_unknown_field(path: str) -> None:
    with pytest.raises(UsageError):
        Writer.of(PIPE, Format.JSON, None, path, None).many(RULES, RULE)


def test_the_last_date_in_a_western_time_zone_is_printed() -> None:
    rule = EarningRule({"updatedDate": "9999-12-31T23:59:59-23:59"})

    assert "9999-12-31T23:59:59-23:59" in many(Format.TSV, [rule])


def test_yaml_uses_yaml_escapes() -> None:
    title = "a\U000e0041\u202eb"
    text = many(Format.YAML, [EarningRule({"title": title})])

    assert text == '- title: "a\\U000e0041\\u202eb"\n'
    assert yaml_text.loads(text, "x.yaml", {}) == [{"title": title}]


@pytest.mark.parametrize(
    ("order", "first"),
    [("title", "Book a session"), ("title:desc", "Sign up to the site"), ("revision:desc", "RSVP to an event"), ("conversionRate.configs.0.points:desc", "Purchase a product")],
)  # fmt: skip
def test_rules_are_sorted_by_any_field_with_those_without_it_last(order: str, first: str) -> None:
    ordered = sort_values(order, RULES, RULE)

    assert ordered[0].title == first
    assert len(ordered) == len(RULES)
    assert sort_values("revision", RULES, RULE)[-1].revision is None


def test_numbers_are_sorted_by_value_also_in_text() -> None:
    texts = ["99999999999", "100000000000", "9.5", "10", "-1", "18446744073709551615", "18446744073709551614"]
    rules = [EarningRule({"revision": text}) for text in texts]

    ordered = [rule.document["revision"] for rule in sort_values("revision", rules, RULE)]
    assert ordered == sorted(texts, key=Decimal)


@pytest.mark.parametrize("order", ["", ":desc"])
def test_a_sort_order_without_a_field_names_its_option(order: str) -> None:
    with pytest.raises(UsageError, match="--sort takes FIELD"):
        sort_values(order, RULES, RULE)


@pytest.mark.parametrize("order", ["title:up", "titel", "status,title", "title,status:desc"])
def test_an_invalid_sort_order_is_rejected(order: str) -> None:
    with pytest.raises(UsageError):
        sort_values(order, RULES, RULE)
