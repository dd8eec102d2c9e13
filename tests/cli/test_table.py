"""Tables as lines: complete in a pipe, fitting on a terminal."""

from collections.abc import Iterator, Sequence

from mlreg.cli import table

FIELDS = ["name", "stages", "@champion"]


def rows(*cells: Sequence[str]) -> Iterator[Sequence[str]]:
    """Rows as they arrive."""
    return iter(cells)


def test_a_pipe_gets_every_cell_whole() -> None:
    """Columns are as wide as they need to be; a later, longer cell is not cut."""
    first = [("churn", "Production=7", "7"), *[("a", "", "")] * (table.FIRST_ROWS - 1)]
    lines = list(table.complete(FIELDS, rows(*first, ("a-longer-name", "Staging=1", "12"))))
    assert lines[:3] == ["NAME   STAGES        @champion", "churn  Production=7  7", "a"]
    assert lines[-1] == "a-longer-name  Staging=1     12"


def test_wide_letters_and_marks_keep_columns_straight() -> None:
    """What East Asia writes wide takes two columns, a combining mark none."""
    lines = list(table.complete(["n", "x"], rows(("名前", "x"), ("e\u0301te\u0301", "x"), ("abcd", "x"))))
    assert lines == ["N     X", "名前  x", "e\u0301te\u0301   x", "abcd  x"]


def test_a_table_that_fits_is_as_it_is() -> None:
    """With a line below the titles as long as the table."""
    lines = list(table.drawn(FIELDS, rows(("churn", "Production=7", "7")), room=80))
    assert lines == ["NAME   STAGES        @champion", "─" * 30, "churn  Production=7  7"]


def test_what_does_not_fit_is_folded_or_cut() -> None:
    """Names are folded, lists in whole columns between their items, other columns are cut: no line is too long."""
    cells = ("a-name-that-is-long", "Production=7, Staging=8", "7 (3 d), 5 (12 d)")
    lines = list(table.drawn(FIELDS, rows(cells), room=36))
    assert lines == [
        "NAME          STAGES    @champion",
        "─" * 36,
        "a-name-that-  Product…  7 (3 d),",
        "is-long                 5 (12 d)",
    ]


def test_what_was_asked_for_is_kept_longest() -> None:
    """Where even that is too much, mlreg's own columns give way to the metrics."""
    fields = ["name", "stage", "aliases", "metrics.auc", "metrics.loss"]
    cells = ("churn-eu", "Production", "champion", "0.912346", "0.123456")
    lines = list(table.drawn(fields, rows(cells), room=44))
    assert lines[3:] == ["churn-eu  Produ…  champ…  0.912346  0.123456"]
    assert max(map(len, lines)) <= 44


def test_wide_letters_are_folded_and_cut_between_letters() -> None:
    """Never in the middle of one, and the mark has its room."""
    lines = list(table.drawn(["name", "b"], rows(("名" * 9, "名" * 9)), room=18, marks=("-", "~")))
    assert lines == ["NAME      B", "-" * 18, "名名名名  名名名~", "名名名名", "名"]


def test_later_rows_fit_into_the_columns_of_the_first() -> None:
    """A table does not wait for its last row."""
    more = iter([*[("a", "", "")] * table.FIRST_ROWS, ("a-longer-name", "", "")])
    lines = table.drawn(FIELDS, more, room=80)
    next(lines)
    assert next(more)[0] == "a-longer-name"


def test_titles_are_emphasised_alone() -> None:
    """On a terminal in bold."""
    lines = list(table.drawn(["a"], rows(("b",)), room=80, emphasis=lambda text: f"*{text}*"))
    assert lines == ["*A*", "─", "b"]
