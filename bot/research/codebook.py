"""Say what every table and column of an export holds, for people and for programs.

The package is a Data Package: https://datapackage.org/standard/data-package/
"""

from collections.abc import Iterable, Sequence
from typing import Any

from bot.kernel.csv_text import safe_cell
from bot.pulse.model import Instrument
from bot.research.model import ExportColumn as Column
from bot.research.model import ExportTable as Table
from bot.research.model import K
from bot.stages.model import Framework

FORMAT = 1


def data_package(every: Sequence[Table]) -> dict[str, Any]:
    """Describe the files for programs: Data Package 2.0, which readers of 1.0 take, too."""
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "mentoring-export",
        "title": "Mentoring, pseudonymous and by consent",
        "version": f"{FORMAT}.0.0",
        "resources": [
            {
                "name": one.name,
                "description": one.about,
                "path": f"{one.name}.csv",
                "type": "table",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "schema": _schema(one),
            }
            for one in every
        ],
    }


def _schema(table: Table) -> dict[str, Any]:
    keys = {"primaryKey": list(table.key)} if table.key else {}
    refers = [
        {"fields": [name], "reference": {"resource": other, "fields": [_key_of(other)]}}
        for name, other in table.refers.items()
    ]
    foreign = {"foreignKeys": refers} if refers else {}
    fields = [_field(one) for one in table.columns]
    return {"fields": fields, "missingValues": [""], **keys, **foreign}


def _key_of(table: str) -> str:
    return {"participants": "pid", "pairings": "pair"}[table]


def _field(column: Column) -> dict[str, Any]:
    limits: dict[str, Any] = {"required": True} if column.is_required else {}
    if column.values and not column.is_open:
        limits["enum"] = [safe_cell(value) for value in column.values]
    if column.least is not None:
        limits["minimum"] = column.least
    if column.most is not None:
        limits["maximum"] = column.most
    described = {"name": column.name, "type": column.kind, "description": column.about}
    return described | ({"constraints": limits} if limits else {})


def codebook(
    every: Sequence[Table],
    framework: Framework | None,
    instruments: Iterable[Instrument],
    *,
    week_step: int,
    consent_version: int,
) -> dict[str, Any]:
    """Gather what a reader has to know: columns and their values in words, items, rules."""
    return {
        "format": FORMAT,
        "consent_version": consent_version,
        "week_step": week_step,
        "rules": RULES,
        "tables": {
            one.name: {
                "about": one.about,
                "columns": {
                    column.name: {"type": column.kind, "about": column.about}
                    | ({"values": dict(column.values)} if column.values else {})
                    for column in one.columns
                },
            }
            for one in every
        },
        "framework": {
            "id": framework.id,
            "about": framework.about,
            "levels": [one.name for one in framework.levels],
        }
        if framework
        else None,
        "items": {
            f"{one.id} {one.version}": {
                "note": "adapted, unvalidated",
                "scale": list(one.scale),
                "items": {
                    item.id: {"wording": item.text, "is_reversed": item.reverse}
                    for item in one.items
                },
            }
            for one in instruments
        },
    }


RULES = (
    "Only members are in here who had agreed when the file was made. A pairing, and what is about "
    "one, is in here only where both had.\n"
    "Ids are made up for each file and kept nowhere. Rows stand in the order of ids and their "
    "values, which says nothing. Somebody with two files can still compare what is in them.\n"
    "Every combination of role, cohort, training band, framework, entry and exit week and exit "
    f"reason is shared by {K} participants or more. Weeks are counted in larger steps; then, of "
    "those who stand out and as many alike as hide them, exit week, entry week, exit reason and "
    "training band are left out, mentoring roles become one, and at last all is left out.\n"
    "Somebody whose role is left out has no rows elsewhere; whose training band is left out, no "
    "stages; and whose weeks are left out, none in their pairings either.\n"
    "What its author kept to themselves is not in here: an absent check-in or goal may exist.\n"
    "Stages are a lens for reflection, in order and without distances: never average them.\n"
    "Small numbers of people and rich histories can be recognised by those who know them. Do not "
    "try to, do not join this with other data about the same people, and give it to nobody else."
).split("\n")


def as_markdown(book: dict[str, Any]) -> str:
    """Write the codebook for people."""
    lines = ["# Codebook", ""]
    lines += [f"Weeks of participants and pairings in steps of {book['week_step']}.", ""]
    lines += [f"Consent: version {book['consent_version']}.", ""]
    lines += [f"- {rule}" for rule in book["rules"]]
    for name, table in book["tables"].items():
        lines += ["", f"## {name}", "", table["about"], "", "| Column | Type | What it is |"]
        lines.append("|---|---|---|")
        for column, its in table["columns"].items():
            lines.append(f"| `{column}` | {its['type']} | {_in_cell(its)} |")
    if framework := book["framework"]:
        said = [_plain(one) for one in (framework["id"], framework["about"])]
        lines += ["", f"## Framework {said[0]}", "", said[1], ""]
        lines += [f"{n}. {_plain(one)}" for n, one in enumerate(framework["levels"], 1)]
    for name, its in book["items"].items():
        lines += ["", f"## Items of the pulse: {_plain(name)}", "", f"{its['note']}.", ""]
        for item, one in its["items"].items():
            reverse = " (reversed)" if one["is_reversed"] else ""
            lines.append(f"- `{item}`: {_plain(one['wording'])}{reverse}")
    return "\n".join(lines) + "\n"


def _in_cell(its: dict[str, Any]) -> str:
    values = [f"`{value}` {_plain(said)}" for value, said in its.get("values", {}).items()]
    return _plain(its["about"]) + (": " + "; ".join(values) if values else "")


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
