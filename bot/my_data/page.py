"""Write what is kept about a member as a zip: for programs as JSON, for people as a page."""

import io
import json
import zipfile
from html import escape
from typing import Any

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:48rem;margin:2rem auto;padding:0 1rem;"
    "color:#1d1c1d;background:#fff;overflow-wrap:anywhere}"
    "h2{margin-top:2.5rem;border-top:1px solid #767676}"
    "dt{font-weight:600}dd{margin:0 0 .4rem 1.2rem;white-space:pre-wrap}"
    "article{margin:1rem 0;padding:.6rem 1rem;border:1px solid #767676;border-radius:6px}"
)


def as_zip(data: dict[str, Any]) -> bytes:
    """Put both forms of the same data into one file."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("my-data.json", json.dumps(data, indent=2, ensure_ascii=False))
        package.writestr("my-data.html", as_page(data))
    return out.getvalue()


def as_page(data: dict[str, Any]) -> str:
    """Write a page that needs nothing else, in which no word of anybody becomes a mark."""
    whose = f"What Cairn keeps about {escape(data['about'])}"
    notes = "".join(f"<li>{escape(one)}</li>" for one in data["notes"])
    filled = {title: rows for title, rows in data["data"].items() if rows}
    empty = [title for title, rows in data["data"].items() if not rows]
    sections = "".join(_section(title, rows) for title, rows in filled.items())
    nothing = "".join(f"<li>{escape(one)}</li>" for one in empty)
    left_out = "".join(
        f"<dt>{escape(name.replace('_', ' '))}</dt><dd>{escape(why)}</dd>"
        for name, why in data["left_out"].items()
    )
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{whose}</title>'
        f"<style>{_STYLE}</style></head><body><main><h1>{whose}</h1><ul>{notes}</ul>{sections}"
        f"<h2>Of which there is nothing</h2><ul>{nothing}</ul>"
        f"<h2>What is not in here, and why</h2><dl>{left_out}</dl></main></body></html>"
    )


def _section(title: str, rows: list[dict[str, Any]]) -> str:
    entries = "".join(f"<article>{_value(row)}</article>" for row in rows)
    return f"<h2>{escape(title)}</h2>{entries}"


def _value(value: Any) -> str:
    """Write a value as lists within lists."""
    if isinstance(value, dict):
        pairs = ((str(key).replace("_", " "), one) for key, one in value.items() if one != [])
        shown = "".join(f"<dt>{escape(key)}</dt><dd>{_value(one)}</dd>" for key, one in pairs)
        return f"<dl>{shown}</dl>"
    if isinstance(value, list):
        return "<ul>" + "".join(f"<li>{_value(one)}</li>" for one in value) + "</ul>"
    return escape("–" if value is None else str(value))
