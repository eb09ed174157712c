"""A release read by action: for each line of a strategy below its counted nodes, what was said and what groups ask for.

Lines themselves are never counted. Each shows the published figure of the node under which it stands, the statements
that name it or its node, its lead and date as printed, and what findings say of each of its measures.
"""

from collections.abc import Iterable, Mapping
from typing import Final
from urllib.parse import quote

from services.errors import NotFound
from services.reporter.action_pages import (
    ActionLine,
    ActionPage,
    ActionsPage,
    Fact,
    MeasureLine,
    NodeGroup,
    Standing,
)
from services.reporter.figures import Figures, of_node
from services.reporter.release import ReleaseBody
from services.reporter.sayings import on_nodes, sayings_of
from services.vocabulary.areas import areas
from services.vocabulary.frameworks import Framework, Node, Row, framework
from services.vocabulary.roles import roles
from services.web.contexts import Table, TableRow
from services.web.forms import Choice

NO_DATE: Final = "No date set"
NOT_RAISED: Final = "Not raised"
_SAID: Final = {"better": "Better", "worse": "Worse", "mixed": "Mixed"}
_KINDS: Final = {
    "action": "Actions",
    "commitment": "Commitments",
    "sub_commitment": "Points of these commitments",
    "ambition": "Ambitions",
    "priority": "The priority as printed",
    "priority_bullet": "What the priority holds",
    "approach_commitment": "Commitments on the approach",
    "commissioning_principle": "Principles of commissioning",
    "prevention_tier": "Tiers of prevention",
}
_FIRST: Final = "first with this number"
_LATER: Final = "another with this number"


class Actions:
    """One release read by the lines of one of its frameworks.

    Args:
        report: its id.
        body: its figures.
        words: of its statements that stand now, by statement.
        framework_id: one of its frameworks.
        standings: where its recommendations stand today, by statement.

    Raises:
        NotFound: the release does not publish that framework.
    """

    def __init__(
        self,
        report: str,
        body: ReleaseBody,
        words: Mapping[str, str],
        framework_id: str,
        standings: Mapping[str, tuple[Standing, ...]] | None = None,
    ) -> None:
        if framework_id not in body.frameworks:
            raise NotFound("This report does not use that strategy.")
        self._figures = Figures(body)
        self._body = body
        self._words = words
        self._standings = standings or {}
        self._catalogue: Framework = framework(framework_id)
        self._path = f"/reports/{report}/actions/{framework_id}"
        self._report_path = f"/reports/{report}"
        self._nodes_table = f"nodes:{framework_id}"
        self._areas_table = f"areas:{framework_id}"

    def listing(self, wanted: str = "") -> ActionsPage:
        """Return the page of all lines; ``wanted`` names a role or an area (``role.survivor``) to show figures for.

        Raises:
            NotFound: no published figure is of that role or area.
        """
        chosen = self._choose(wanted)
        return ActionsPage(
            heading=self._catalogue.title,
            summary=f"{self._catalogue.publisher}{f', {self._catalogue.years}' if self._catalogue.years else ''}",
            choices=self._choices(wanted),
            shown_for=next((choice.text for choice in self._choices(wanted) if choice.chosen and choice.value), ""),
            groups=tuple(
                NodeGroup(
                    path=self._path_of(node.id),
                    heading=_node_heading(node),
                    is_part=node.parent is not None,
                    figure=self._figure_of(node.id, chosen),
                    lines=self._lines(self._catalogue.rows_of(node.id)),
                )
                for node in self._catalogue.nodes
            ),
            others=self._lines(row for row in self._catalogue.rows if row.node is None),
            action=self._path,
            back=self._report_path,
        )

    def page(self, ref: str) -> ActionPage:
        """Return the page of one line or node, by its key in the catalogue.

        Raises:
            NotFound: the catalogue has no such line and no such node.
        """
        if ref in self._catalogue.ordered:
            return self._node_page(self._catalogue.node(ref))
        return self._row_page(self._catalogue.row(ref))

    def _row_page(self, row: Row) -> ActionPage:
        above = [] if row.node is None else [row.node, *(node.id for node in self._catalogue.ancestors(row.node))]
        upper = [row.parent] if row.parent is not None else []
        direct = on_nodes(self._body, self._catalogue.id, [row.id])
        wider = [ref for ref in on_nodes(self._body, self._catalogue.id, [*upper, *above]) if ref not in direct]
        return ActionPage(
            ref=self._ref_of(row),
            title=row.title or "",
            summary=row.summary,
            facts=self._facts_of(row),
            counted_as="" if row.node is None else self._catalogue.node(row.node).title,
            figure=self._about(row.node),
            tables=() if row.node is None else self._tables_of(row.node),
            direct=sayings_of(direct, self._words),
            wider=sayings_of(wider, self._words),
            wider_heading="On what it stands under",
            measures=self._measures_of(row),
            lines=self._lines(each for each in self._catalogue.rows if each.parent == row.id),
            back=self._path,
        )

    def _node_page(self, node: Node) -> ActionPage:
        below = [node.id, *(each.id for each in self._catalogue.nodes if node in self._catalogue.ancestors(each.id))]
        rows = [row for row in self._catalogue.rows if row.node in below]
        direct = on_nodes(self._body, self._catalogue.id, [node.id])
        lower = on_nodes(self._body, self._catalogue.id, [*below, *(row.id for row in rows)])
        facts = [
            Fact("Part of", _node_heading(above), self._path_of(above.id))
            for above in self._catalogue.ancestors(node.id)
        ]
        if node.also_titled:
            facts.append(Fact("Also printed as", node.also_titled))
        if node.category:
            facts.append(Fact("Listed under", node.category))
        if node.objectives:
            facts.append(Fact("Objectives", "; ".join(node.objectives)))
        return ActionPage(
            ref=node.printed_ref or "",
            title=node.title,
            summary=node.summary,
            facts=(*facts, Fact("Strategy", self._catalogue.title)),
            counted_as=node.title,
            figure=self._figure_of(node.id, {}),
            tables=(*self._tables_of(node.id), *self._areas_of(node)),
            direct=sayings_of(direct, self._words),
            wider=sayings_of((ref for ref in lower if ref not in direct), self._words),
            wider_heading="On what stands below it",
            measures=(),
            lines=self._lines(self._catalogue.rows_of(node.id)),
            back=self._path,
        )

    def _facts_of(self, row: Row) -> tuple[Fact, ...]:
        facts: list[Fact] = []
        if row.parent is not None:
            above = self._catalogue.row(row.parent)
            facts.append(
                Fact("Point of", f"{self._ref_of(above)} {above.title or above.summary}", self._path_of(above.id))
            )
        if row.node is not None:
            facts.append(
                Fact("Counted under", _node_heading(self._catalogue.node(row.node)), self._path_of(row.node)),
            )
        if self._prints_leads(row.kind):
            facts += [Fact("Lead", row.lead or "None named"), Fact("Deliver by", row.deliver_by or NO_DATE)]
        else:
            facts.append(Fact("Lead and date", "The strategy prints neither here"))
        facts.append(Fact("Strategy", f"{self._catalogue.title}, line {row.line} of its text"))
        return tuple(facts)

    def _measures_of(self, row: Row) -> tuple[MeasureLine, ...]:
        said: dict[str, set[str]] = {}
        for ref in self._body.statements:
            for measure in ref.measures if ref.id in self._words else ():
                if measure.framework == self._catalogue.id:
                    said.setdefault(measure.measure, set()).add(measure.said)
        return tuple(
            MeasureLine(measure.mark or "", measure.text, sum_up(said.get(measure_id, ())))
            for measure_id, measure in zip(row.measure_ids, row.measures, strict=True)
        )

    def _about(self, node: str | None) -> str:
        if node is None:
            return "It stands under no priority that is counted, so there is no figure for it."
        return self._figure_of(node, {})

    def _figure_of(self, node: str, chosen: Mapping[str, str]) -> str:
        """Return what was said in a sentence, for everyone or for the role or area chosen."""
        table = self._areas_table if "area" in chosen else self._nodes_table
        cell = self._figures.find(table, of_node(self._catalogue.id, node, **chosen))
        if cell is None:
            return "By area only whole priorities are counted."
        who = {"role": roles().title_of, "area": areas().title_of}
        of = "".join(
            f" ({who[name](value).lower() if name == 'role' else who[name](value)})" for name, value in chosen.items()
        )
        if cell.value is None:
            least = self._body.threshold
            return f"{cell.symbol} people raised it{of}: fewer than {least}, or a number that cannot safely be shown."
        return f"About {cell.value:,} people raised it{of}."

    def _tables_of(self, node: str) -> tuple[Table, ...]:
        named = self._catalogue.node(node)
        by_role = (
            TableRow("Everyone", (self._people(node),)),
            *(
                TableRow(roles().title_of(role), (self._people(node, role=role),))
                for role in self._figures.values("role")
            ),
        )
        tables = [
            Table(f"People who raised “{named.title}”, by role", ("Role", "People"), by_role, (self._nodes_table,)),
        ]
        organisations = f"organisations:{self._catalogue.id}"
        if self._figures.holds(organisations):
            number = self._figures.value(organisations, of_node(self._catalogue.id, node))
            caption = f"Organisations that raised “{named.title}”"
            rows = (TableRow("All", (number,)),)
            tables.append(Table(caption, ("Kind", "Organisations"), rows, (organisations,)))
        return tuple(tables)

    def _areas_of(self, node: Node) -> tuple[Table, ...]:
        """Return the areas for which a figure is shown; only whole priorities are counted by area."""
        places = tuple(
            TableRow(areas().title_of(place), (figure,))
            for place in self._figures.values("area")
            if (figure := self._figures.value(self._areas_table, of_node(self._catalogue.id, node.id, area=place)))
            is not None
        )
        caption = f"People who raised “{node.title}”, by area spoken of"
        return (Table(caption, ("Area", "People"), places, (self._areas_table,)),) if places else ()

    def _people(self, node: str, **others: str) -> int | None:
        return self._figures.value(self._nodes_table, of_node(self._catalogue.id, node, **others))

    def _lines(self, rows: Iterable[Row]) -> tuple[tuple[str, tuple[ActionLine, ...]], ...]:
        by_kind: dict[str, list[ActionLine]] = {}
        for row in rows:
            by_kind.setdefault(row.kind, []).append(
                ActionLine(self._path_of(row.id), self._ref_of(row), row.title or row.summary, self._note_of(row)),
            )
        return tuple((kind_in_words(kind), tuple(lines)) for kind, lines in by_kind.items())

    def _note_of(self, row: Row) -> str:
        parts = []
        if self._prints_leads(row.kind):
            parts += [f"Lead: {row.lead or 'none named'}", row.deliver_by or NO_DATE]
        said = sayings_of(on_nodes(self._body, self._catalogue.id, [row.id]), self._words)
        if said.counted:
            parts.append(f"{said.counted} of groups")
        found = {each.state for saying in said.shown for each in self._standings.get(saying.statement, ())}
        if found:
            parts.append(f"Where that stands: {'; '.join(f'{each[:1].lower()}{each[1:]}' for each in sorted(found))}")
        return "".join(f"{part}. " for part in parts).strip()

    def _ref_of(self, row: Row) -> str:
        """Return the reference as printed, else our key; two rows that share one are told apart in words."""
        ref = row.printed_ref
        if ref is None:
            return row.id
        alike = [each.id for each in self._catalogue.rows if each.kind == row.kind and each.printed_ref == ref]
        if len(alike) == 1:
            return ref
        return f"{ref} ({_FIRST if alike[0] == row.id else _LATER})"

    def _prints_leads(self, kind: str) -> bool:
        return any(row.lead for row in self._catalogue.rows_of_kind(kind))

    def _path_of(self, ref: str) -> str:
        return f"{self._path}/{quote(ref)}"

    def _choices(self, wanted: str) -> tuple[Choice, ...]:
        offered = [("", "Everyone")]
        offered += [
            (f"role.{role}", roles().title_of(role))
            for role in self._figures.published_values(self._nodes_table, "role")
        ]
        offered += [
            (f"area.{place}", areas().title_of(place))
            for place in self._figures.published_values(self._areas_table, "area")
        ]
        return tuple(Choice(value, text, value == wanted) for value, text in offered)

    def _choose(self, wanted: str) -> dict[str, str]:
        if not wanted:
            return {}
        name, _, value = wanted.partition(".")
        table = {"role": self._nodes_table, "area": self._areas_table}.get(name, "")
        return {name: self._figures.choose(table, name, value)}


def sum_up(said: Iterable[str]) -> str:
    """Return what findings say of one measure together: one word where they agree, mixed where they differ."""
    found = set(said)
    if not found:
        return NOT_RAISED
    return _SAID[found.pop()] if len(found) == 1 else _SAID["mixed"]


def kind_in_words(kind: str) -> str:
    """Return the heading of a list of one kind."""
    return _KINDS.get(kind, kind.replace("_", " ").capitalize())


def _node_heading(node: Node) -> str:
    return f"{node.printed_ref} {node.title}" if node.printed_ref else node.title
