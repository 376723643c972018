"""How profiles and ranked wishes look in Slack."""

from collections.abc import Sequence

from bot.kernel.words import listed
from bot.people.model import Member, Role
from bot.profiles.model import MOST_CHARS, MemberProfile, PeopleShown, PersonShown
from bot.profiles.rules import as_text
from bot.todos import ToDo
from handlers import blocks as ui
from handlers.blocks import Block, Element, ToDoLine, View, escape, person
from handlers.free_text import care_notes, titled
from handlers.pages import nearest_page

PEOPLE_ON_PAGE = 6
"""So that the longest words of so many fit into one form: 100 blocks, 250 kB."""
TEXTS = (
    ("about", "About me", "Where you are in training or work, and what matters to you beside it."),
    ("hope", "What I hope for", "From mentoring, this time."),
    ("offer", "What I can offer", "Something you know, have been through, or like to help with."),
)
WHO_SEES_PROFILE = (
    "*Who sees this?* The people of your mentoring group, once you are introduced. Coordinators "
    "may read interests, languages and how many mentees a mentor takes, and nothing else."
)
WHO_SEES_CHOICES = (
    "*Who sees this?* Coordinators, as the reason for a match. The people you name are not told."
)
CHOICES = {
    "first": "Your first choice of a",
    "second": "Your second choice of a",
    "third": "Your third choice of a",
}
"""By block of the form."""
IN_CONFIDENCE = "Is there somebody you would rather not be with? That is asked in confidence."


def _profile_button(*, style: str | None = None) -> Element:
    return ui.button("My profile", "profiles.open", style=style)


CHOICES_BUTTON = ui.button("Whom I would like", "profiles.wishes")
RATHER_NOT_BUTTON = ui.button("Rather not with…", "pairing.wishes")


def write_profile(_todo: ToDo) -> ToDoLine:
    """Ask a member for their profile."""
    return ToDoLine(
        "Say a few words about yourself for the people of your group, and whom you would like to "
        "be with. It takes three minutes, and you may leave out what you like.",
        _profile_button(style="primary"),
    )


def form(
    member: Member,
    profile: MemberProfile,
    *,
    crisis_contact: str | None,
) -> View:
    """Ask for a profile, filled in as it is."""
    about, *others = [_text(name, label, hint, profile) for name, label, hint in TEXTS]
    lost = [] if profile.is_readable else [ui.section(LOST)]
    how_many = [_capacity(str(member.capacity))] if member.is_mentor else []
    return ui.modal(
        callback_id="profiles.form",
        title="My profile",
        blocks=[
            about,
            ui.context(WHO_SEES_PROFILE, *care_notes(crisis_contact)),
            *lost,
            *others,
            _items("interests", "Interests", as_text(member.interests)),
            _items("languages", "Languages", as_text(member.languages)),
            *how_many,
        ],
        submit="Save",
        close="Not now",
    )


LOST = "What you wrote before cannot be read any more. Write it again; what you save replaces it."


def _text(name: str, label: str, hint: str, profile: MemberProfile) -> Block:
    said = getattr(profile, name) or None
    box = ui.text_field(name, multiline=True, max_chars=MOST_CHARS, initial=said)
    return ui.field(name, label, box, hint=hint, optional=True)


def _items(name: str, label: str, said: str) -> Block:
    box = ui.text_field(name, initial=said or None)
    return ui.field(name, label, box, hint="With commas between them.", optional=True)


def _capacity(said: str) -> Block:
    box = ui.text_field("capacity", max_chars=3, initial=said)
    hint = "A number; 0 means none at present. Nobody who has a seat with you loses it."
    return ui.field("capacity", "How many mentees can you take?", box, hint=hint)


WISHES_NEXT = "*Next, if you like:* say whom you would like to be with."


def saved(member: Member, profile: MemberProfile, *, groups_stand: bool = False) -> View:
    """Say that a profile is saved, and show it as a group reads it.

    Whom they would like to be with is asked while there are no groups yet.
    """
    role = member.mentoring_role if member.is_mentor else Role.MENTEE
    shown = PersonShown(member=member, role=role, profile=profile)
    return ui.modal(
        callback_id="profiles.saved",
        title="Saved",
        blocks=[
            ui.section("*Saved.* This is what the people of your group read:"),
            *_person(shown),
            *([] if groups_stand else [ui.section(WISHES_NEXT)]),
            ui.actions(*([] if groups_stand else [CHOICES_BUTTON]), _profile_button()),
        ],
    )


def wishes_form(member: Member, chosen: Sequence[str]) -> View:
    """Ask whom a member would like to be with; `chosen` are Slack ids, best first."""
    role = Role.MENTOR if member.is_mentee else Role.MENTEE
    known = dict(zip(CHOICES, chosen, strict=False))
    first, *others = [
        ui.field(
            rank,
            f"{label} {role}",
            ui.person_field(rank, initial=known.get(rank)),
            optional=True,
        )
        for rank, label in CHOICES.items()
    ]
    return ui.modal(
        callback_id="profiles.wishes_form",
        title="Whom I would like",
        blocks=[
            first,
            ui.context(WHO_SEES_CHOICES),
            *others,
            ui.section(IN_CONFIDENCE, accessory=RATHER_NOT_BUTTON),
        ],
        submit="Save",
        close="Not now",
    )


def wishes_saved(chosen: Sequence[str], *, then: str) -> View:
    """Say in which order choices were saved; `then` says when they count."""
    ranked = "\n".join(f"{rank}. {person(one)}" for rank, one in enumerate(chosen, start=1))
    said = f"*Saved, your first choice first.*\n{ranked}" if chosen else "*Saved: no wishes.*"
    return ui.modal(
        callback_id="profiles.wishes_saved",
        title="Saved",
        blocks=[
            ui.section(said),
            ui.section(then),
            ui.section(IN_CONFIDENCE, accessory=RATHER_NOT_BUTTON),
        ],
    )


COUNTS_FOR_PROPOSALS = "It counts when groups are proposed; a wish is no promise."
COUNTS_LATER = (
    "The groups stand already: it counts when a seat is looked for again. To leave a group, ask "
    "for another mentor under Settings on Home."
)


def settings() -> list[Block]:
    """Give a member the buttons that change their profile and wishes."""
    return [
        ui.section("*My profile.* What others read about me."),
        ui.actions(_profile_button(), CHOICES_BUTTON),
    ]


def prepared(written: int, of: int) -> list[Block]:
    """Tell a coordinator how many have written their profile."""
    if not of:
        return []
    return [ui.context(f"Profiles: {written} of {of} mentees and mentors have saved theirs.")]


def people_form(shown: PeopleShown, *, page: int) -> View:
    """Show the people of a group and what they say of themselves, some at a time."""
    page = nearest_page(page, len(shown.people), PEOPLE_ON_PAGE)
    first = page * PEOPLE_ON_PAGE
    some = shown.people[first : first + PEOPLE_ON_PAGE]
    blocks = [block for one in some for block in (*_person(one), ui.divider())]
    pages = []
    if page:
        pages.append(_page_button("Earlier people", shown.group.id, page - 1))
    if first + PEOPLE_ON_PAGE < len(shown.people):
        pages.append(_page_button("More people", shown.group.id, page + 1))
    return ui.modal(
        callback_id="profiles.people_shown",
        title="Who is in my group",
        blocks=[
            ui.header(shown.group.name),
            *blocks,
            *map(ui.actions, pages),
            ui.context("*Who sees this?* The people of this group, and nobody else."),
            ui.actions(_profile_button()),
        ],
    )


def _page_button(label: str, group_id: str, page: int) -> Element:
    return ui.button(label, "profiles.people", value=f"{group_id}|{page}")


def _person(shown: PersonShown) -> list[Block]:
    """Show one person: who it is, their own words, and what they like to speak about."""
    member, profile = shown.member, shown.profile
    who = ui.section(f"*{person(member.slack_user_id)}*, {shown.role.replace('_', '-')}")
    if profile is None:
        return [who, ui.context("Has not written a profile yet.")]
    if not profile.is_readable:
        return [who, ui.context("What they wrote cannot be read just now.")]
    texts = [(label, getattr(profile, name)) for name, label, _ in TEXTS]
    words = [block for label, said in texts if said for block in titled(label, said)]
    lists = (("Interests", member.interests), ("Languages", member.languages))
    facts = [f"*{label}:* {escape(listed(items))}" for label, items in lists if items]
    return [who, *words, *([ui.context(*facts)] if facts else [])]
