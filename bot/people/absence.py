"""Read from a Slack status whether somebody is away, and until when.

The emoji and the end that Slack keeps count first. Words count where they leave no doubt: nobody is
thought to be away for a word in passing, for what they plan, or for somebody else's holiday.
"""

import re
import unicodedata
from dataclasses import dataclass
from datetime import datetime

from bot.schedule.rules import FARTHEST

ON_VACATION = "slack_status"
"""Why the schedules are paused of somebody whose Slack status says that they are away."""

_AWAY_EMOJI = frozenset(
    {
        ":airplane:", ":airplane_departure:", ":baby_bottle:", ":beach_with_umbrella:",
        ":desert_island:", ":face_with_thermometer:", ":island:", ":luggage:", ":palm_tree:",
        ":sneezing_face:", ":umbrella_on_ground:",
    }
)  # fmt: skip
_AWAY_SIGNS = re.compile("[\U0001f334\U0001f3d6\U0001f3dd\U0001f912]")
"""Palm tree, beach, desert island and thermometer, within the text."""


def _any(*phrases: str) -> str:
    return "|".join(phrases)


_SURE = re.compile(
    r"\b(?:"
    + _any(
        # English
        r"(?:on|taking) (?:(?:my|a|his|her) )?(?:\w+ )?(?:vacation|holidays?|hols|leave"
        r"|sabbatical|pto)",
        r"(?:annual|parental|maternity|paternity|mat|pat|adoption|sick|medical|study|compassionate"
        r"|bereavement|family|unpaid|carer's) leave",
        r"a/l|pto|ooo|o\.o\.o|out of (?:the )?office|(?:off|out) sick|off work|day off",
        r"vacationing|on vacay|off today|al(?= (?:until|till|til) )|(?:away|off|out)(?= (?:until"
        r"|till|til) (?!\d{1,2}(?::\d\d|\s*(?:am|pm|h"
        r"|uhr)\b)))",
        # German
        r"(?:im|in) (?:\w+ )?(?:\w+)?urlaub|in (?:den )?(?:\w+)?ferien|(?:in )?elternzeit"
        r"|mutterschutz",
        r"krankgeschrieben|krank gemeldet|bin krank|krankheitsbedingt|krankgemeldet"
        r"|im krankenstand|in karenz",
        # French
        r"en (?:cong[ée]s?|vacances|arr[êe]t|rtt)|cong[ée]s? (?:maternit[ée]|paternit[ée]"
        r"|parental|maladie)",
        r"arr[êe]t maladie|absente? (?:du bureau|pour)",
        # Spanish
        r"de vacaciones|de baja|baja (?:m[ée]dica|maternal|paternal)|fuera de la oficina",
        r"permiso (?:de )?(?:maternidad|paternidad|parental)",
        # Italian
        r"in (?:ferie|vacanza|malattia|maternit[àa]|paternit[àa]|congedo)|congedo parentale"
        r"|fuori ufficio",
        # Portuguese
        r"(?:de|em) f[ée]rias|(?:de|em) licen[çc]a|licen[çc]a (?:de )?(?:m[ée]dica|maternidade"
        r"|paternidade)",
        r"baixa m[ée]dica|fora do escrit[óo]rio",
        # Dutch
        r"(?:met|op) (?:\w+)?(?:vakantie|verlof)|(?:zwangerschaps|ouderschaps|ziekte)verlof"
        r"|ziekgemeld",
        # Danish, Norwegian, Swedish, Finnish
        r"p[åa] (?:\w+)?(?:ferie|semester|barsel|orlov)|sy[gk]emeldt|sykmeldt|sjukskriven"
        r"|f[öo]r[äa]ldraledig",
        r"(?:kes[äa]|talvi|is[äa]|[äa]itiys|vanhempain)?(?:lomalla|vapaalla)|sairauslomalla",
        # Polish, Czech, Hungarian, Romanian, Turkish
        r"na (?:urlopie|zwolnieniu|dovolen[ée])|szabads[áa]gon|[îi]n concediu|izindeyim"
        r"|tatildeyim|izinde|tatilde",
        # Greek, Russian, Ukrainian
        r"σε (?:άδεια|διακοπές)|в отпуске|на больничном|[ув] відпустці",
    )
    + r")(?!-?\w)"
    + "|" + _any("休暇中", "休假中?", "请假", "度假中", "휴가 ?중"),
    re.IGNORECASE,
)  # fmt: skip
"""Phrases that say it wherever they stand."""

_NOUN = (
    r"(?:(?:summer|winter|christmas|xmas|easter|family|spring|autumn|half[- ]term) )?"
    r"(?:vacation|holidays?|hols)|leave|sick"
    r"|(?:\w+)?urlaub|(?:\w+)?ferien|krank|abwesend|cong[ée]s?|vacances|rtt|absente?|vacaciones"
    r"|ferie"
    r"|vacanza|malattia|assente|f[ée]rias|licen[çc]a|ausente|(?:\w+)?vakantie|(?:\w+)?verlof|ziek"
    r"|afwezig|barsel|urlop|zwolnienie lekarskie|dovolen[áa]|отпуск|відпустка|άδεια|휴가|休暇"
)
_ALONE = re.compile(
    rf"^(?:{_NOUN})(?:$|[\s:]+(?=\d|until|till|til|to\b|back|zur[üu]ck|de retour|at home|thru"
    r"|through|from|this|today|mode|time|now|week"
    r"|bis|ab|vom|diese|heute|jusqu|du\b|d[eè]s|cette|aujourd|hasta|del?\b|esta|hoy|fino|dal?\b"
    r"|al\b"
    r"|questa|oggi|at[ée]|este|hoje|tot|t/m|van\b|vanaf|deze|vandaag|til\b|fra\b|do\b|od\b|до"
    r"|с\b))",
    re.IGNORECASE,
)
"""Nouns that say it where a sentence begins with them and goes on with a time, or not at all."""

_NOT_BEFORE = re.compile(
    r"\b(?:"
    + _any(
        r"no|not|never|without|cancell?ed|working|was|were|war|waren|gewesen|[ée]tait|isn't"
        r"|aren't|ain't|i'm not|wasn't|nope",
        r"kein\w*|nicht|ohne|pas|plus de|jamais|sans|aucune?|sin|nunca|non|niente|nessun\w*|senza"
        r"|sem|n[ãa]o",
        r"geen|niet|zonder|ingen|ikke|inte|ei|nie|bez|не|без",
        r"back|returned|returning|home|fresh|zur[üu]ck|wieder da|retour|rentr[ée]\w*|vuelta"
        r"|volv\w+|vuelto",
        r"torna\w+|rientra\w+|ritorno|volta|voltei|terug|tilbage|tilbake|tillbaka|wr[óo]ci\w+"
        r"|po urlopie",
        r"need\w*|want\w*|wish\w*|dream\w*|miss\w*|countdown|count\w* (?:down|the days)"
        r"|looking forward",
        r"soon|almost|nearly|before|after|ready for|plan\w*|prepar\w*|prep|book\w*|request\w*"
        r"|approv\w*",
        r"organi[sz]\w*|happy|cover\w*|standing in|stand-in|vertret\w*|remplac\w*|sostitu\w*"
        r"|sustitu\w*|substitu\w*",
        r"vervang\w*|days? (?:until|till|til|to)|tage bis|jours avant|d[ií]as para|giorni all\w*"
        r"|bald|bient[ôo]t",
        r"pronto|presto|brauche|besoin|necesito|from|vom|aus|freue|vorfreude|nach|vor|apr[èe]s"
        r"|avant",
        r"he|she|they|he's|she's|they're|kids?|children|boss|colleagues?|mentor|mentee|team"
        r"|everybody|everyone",
        r"students?|wife|husband|sie|chefin?|kolleg\w*|kinder|il|elle|coll[èe]gue|chef|jefe|jefa"
        r"|capo",
    )
    + r")\b|\b(?!i\b|am\b|this\b|that\b|it\b|ich\b|je\b|yo\b)[\w.]+ (?:is|are|ist|sind|est|sont"
    r"|está|están|è)\b"
    r"|\w['’]s\b",
    re.IGNORECASE,
)  # fmt: skip
"""Words that, standing before, negate it or say it of later or of somebody else."""

_NOT_AFTER = re.compile(
    r"^[\s-]*(?:\w+\s+){0,2}?(?:plan\w*|workshops?|meetings?|part(?:y|ies)|requests?"
    r"|cover(?:age)?|calendar"
    r"|rotas?|roster|polic(?:y|ies)|approvals?|tracker|season|courses?|talks?|lectures?|seminars?"
    r"|sessions?"
    r"|quiz|cards?|gifts?|shopping|shifts?|clinic|inn|reading|photos?|pictures?|memories|fund"
    r"|budget|list"
    r"|is over|are over|was great|were great|over|soon|cancell?ed|denied|declined|refused|forms?"
    r"|ended|vorbei|finies?"
    r"|terminad[ao]s?|finite"
    r"|planung\w*|antr[äa]g\w*|vertretung\w*|next (?:week|month|year)|tomorrow|morgen|demain"
    r"|mañana|domani)\b",
    re.IGNORECASE,
)
"""Words that say, right after it, that it is something else, or over, or still to come."""

_UNREACHABLE = re.compile(
    r"\b(?:no|not|nicht|pas|non|não|niet|kein\w*)\s+(?:(?:\w+\s+)?(?:available|reachable|checking"
    r"|reading|answering"
    r"|working|erreichbar|verf[üu]gbar|da|disponibles?|disponibile|raggiungibile|disponível"
    r"|joignable|bereikbaar"
    r"|beschikbaar|access|e-?mails?|meetings?|calls?|slack|zugriff))",
    re.IGNORECASE,
)
"""A "not" that is about being reached, and not about being away."""

_QUESTIONS = re.compile(r"[^.!?;]*\?")
_CLAUSES = re.compile(
    r"[.!?;,|•()\n:]+(?=\s|$)|\s+[-\u2013\u2014/+&]+\s+|\s+(?:but|aber|mais|pero|ma|maar)\s+"
)


@dataclass(frozen=True, slots=True)
class SlackStatus:
    """The status of a Slack profile; `until` is when Slack clears it, None for never."""

    text: str = ""
    emoji: str = ""
    until: datetime | None = None


def away_until(status: SlackStatus, *, now: datetime) -> datetime | None:
    """Find until when somebody with this status is on vacation or ill; None while they are there.

    FARTHEST where the status has no end: it is believed as long as it stands.
    """
    if status.until is not None and status.until <= now:
        return None
    text = unicodedata.normalize("NFC", status.text).replace("\u2019", "'")
    says = [_says_away(one) for one in _CLAUSES.split(_QUESTIONS.sub(" ", text))]
    is_shown = status.emoji in _AWAY_EMOJI or _AWAY_SIGNS.search(text) is not None
    is_away = any(one is True for one in says) or (is_shown and False not in says)
    return (status.until or FARTHEST) if is_away else None


def _says_away(clause: str) -> bool | None:
    """Say whether a clause says that somebody is away, or that they are not; None for neither."""
    said = _UNREACHABLE.sub("", clause)
    said = "".join(" " if unicodedata.category(one)[0] == "S" else one for one in said)
    said = re.sub(r":[a-z_0-9+-]+:", " ", said).strip(" \t-:*_~\"'\ufe0f")
    found = _SURE.search(said) or _ALONE.search(said)
    if found is None:
        is_about_it = re.search(rf"\b(?:{_NOUN})\b", said, re.IGNORECASE)
        turned = is_about_it and _NOT_BEFORE.search(said[: is_about_it.start()])
        return False if turned else None
    is_turned = _NOT_BEFORE.search(said[: found.start()]) or _NOT_AFTER.search(said[found.end() :])
    return not is_turned
