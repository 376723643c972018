"""What a person filled into a modal, read by block id."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

Element = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Answers:
    """The state of a modal. Every input block holds one element, so its block id finds it."""

    by_block: Mapping[str, Element]

    @classmethod
    def from_view(cls, view: Mapping[str, object]) -> "Answers":
        """Read `view.state.values`. What is malformed counts as not filled in."""
        state = view.get("state")
        values = state.get("values") if isinstance(state, Mapping) else None
        found: dict[str, Element] = {}
        for block_id, elements in (values if isinstance(values, Mapping) else {}).items():
            if isinstance(elements, Mapping):
                for element in elements.values():
                    if isinstance(element, Mapping):
                        found[str(block_id)] = element
        return cls(found)

    def text(self, block_id: str) -> str | None:
        """What was typed, without white space at the ends; None when that is nothing."""
        value = self._element(block_id).get("value")
        return (value.strip() or None) if isinstance(value, str) else None

    def choice(self, block_id: str) -> str | None:
        """The value of the one option chosen in a select or in radio buttons."""
        return _value(self._element(block_id).get("selected_option"))

    def choices(self, block_id: str) -> tuple[str, ...]:
        """The values of all options chosen in checkboxes or a multi-select."""
        options = self._element(block_id).get("selected_options")
        values = (_value(option) for option in (options if isinstance(options, list) else []))
        return tuple(value for value in values if value is not None)

    def date(self, block_id: str) -> date | None:
        """The day chosen in a date picker."""
        chosen = self._element(block_id).get("selected_date")
        try:
            return date.fromisoformat(chosen) if isinstance(chosen, str) else None
        except ValueError:
            return None

    def time(self, block_id: str) -> str | None:
        """The wall-clock time chosen in a time picker, as HH:MM."""
        chosen = self._element(block_id).get("selected_time")
        return chosen if isinstance(chosen, str) else None

    def people(self, block_id: str) -> tuple[str, ...]:
        """Slack ids chosen in a (multi) users select."""
        return self._ids(block_id, one="selected_user", many="selected_users")

    def channels(self, block_id: str) -> tuple[str, ...]:
        """Slack ids chosen in a (multi) channels or conversations select."""
        return self._ids(block_id, one="selected_channel", many="selected_channels") or self._ids(
            block_id, one="selected_conversation", many="selected_conversations"
        )

    def files(self, block_id: str) -> tuple[Mapping[str, object], ...]:
        """The files uploaded in a file input, as Slack describes them (id, name, url_private)."""
        files = self._element(block_id).get("files")
        found = files if isinstance(files, list) else []
        return tuple(file for file in found if isinstance(file, Mapping))

    def _element(self, block_id: str) -> Element:
        return self.by_block.get(block_id, {})

    def _ids(self, block_id: str, *, one: str, many: str) -> tuple[str, ...]:
        element = self._element(block_id)
        single, several = element.get(one), element.get(many)
        if isinstance(single, str):
            return (single,)
        return tuple(str(each) for each in several) if isinstance(several, list) else ()


def _value(option: object) -> str | None:
    value = option.get("value") if isinstance(option, Mapping) else None
    return value if isinstance(value, str) else None
