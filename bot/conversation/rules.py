"""Understand the few words that people type after `/checkin`."""

import html
import re
from collections.abc import Mapping
from enum import StrEnum


class Verb(StrEnum):
    """The requests that fit into a word or two."""

    OPEN = "open"
    PAST = "past"
    HELP = "help"
    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    SKIP = "skip"
    HOME = "home"
    CONTACT = "contact"
    ERASE = "erase"
    UNKNOWN = "unknown"


_WORDS: Mapping[Verb, str] = {
    Verb.OPEN: "|open|new|start|begin|now|write|form|check in|checkin|check-in|go|add|yes",
    Verb.PAST: "past|history|list|mine|check-ins|checkins|read|previous|earlier|old|"
    "past check-ins|past checkins",
    Verb.HELP: "help|h|how|what|usage|info|commands|?|-h|--help|how does it work|what is it",
    Verb.PAUSE: "pause|break|take break|have break|vacation|holiday|holidays|leave of absence|"
    "sabbatical|parental leave|sick|sick leave|mute|quiet|away|i am away|im away|not now|"
    "pause week|pause month|break week|break month|week off|urlaub|vacances|vacaciones",
    Verb.RESUME: "resume|back|come back|i am back|im back|continue|unpause|return|rejoin|restart|"
    "subscribe|unmute|join again|end break|end pause",
    Verb.STOP: "stop|leave|quit|cancel|exit|unsubscribe|end|opt out|optout|opt-out|leave programme|"
    "leave program|stop messages|stop messaging|stop writing|stop asking|no more messages|"
    "unsubscribe all|stop all|stop everything|remove|sign off|get out|i am out|im out|no|off|"
    "turn off|leave group|leave me alone|not message anymore|not write anymore|not message|"
    "not write|don't message|don't write|don’t message|don’t write|stopp|aufhören|arrêter|parar",
    Verb.SKIP: "skip|skip week|skip today|skip one|not week|later|snooze|less|less often|"
    "fewer messages|remind later|too many messages|too often",
    Verb.HOME: "home|home tab|menu|settings|dashboard|overview|status",
    Verb.CONTACT: "contact|person|human|coordinator|call|talk|talk to person|talk to human|"
    "speak to person|speak to somebody|talk to somebody|contact person|somebody|support|emergency|"
    "crisis|help person|get in touch|concern",
    Verb.ERASE: "erase|delete|delete everything|forget|delete data|delete all|erase everything|"
    "delete account|gdpr",
}
_POLITE = (
    "please pls kindly thanks thank you thx ok okay hi hello hey dear cairn bot the a an my me "
    "this that it these those to of for with from us i i'd i'll i’d i’ll want wanna need must "
    "would like can could may do just let lets let's now today "
    "on am i'm im i’m see show get do any anymore more"
)
_TIMES = (
    "until till next days weeks months two three four monday tuesday wednesday thursday friday "
    "saturday sunday january february march april june july august september october november "
    "december"
)
_IN_BETWEEN = frozenset(_POLITE.split()) | frozenset(_TIMES.split())
"""Words that are left out where what remains is understood."""


def _short(words: list[str]) -> str:
    return " ".join(word for word in words if word not in _IN_BETWEEN and not word.isdecimal())


_VERBS = {word: verb for verb, words in _WORDS.items() for word in words.split("|")}
_SHORT = {_short(word.split()): verb for word, verb in _VERBS.items()}
_MARKUP = re.compile(r"<[@#!]?[^<>]*>")
"""A person, channel or address, as Slack writes it into a command (`should_escape`)."""
_AROUND = " \t\r\n\"'`*_~.,;:!?-–—/\\“”‘’«»()[]{}…"
MOST_WORDS = 8
"""Longer texts tell something; they are neither kept nor repeated."""


def understood(text: str) -> Verb:
    """Read what is wanted: capitals, white space, punctuation and politeness do not matter.

    Names of people and channels in Slack's own form are left out. A sentence in which anything
    else stands is UNKNOWN, so that a reflection is never taken for an order.
    """
    plain = html.unescape(_MARKUP.sub(" ", text)).casefold()
    words = [word for each in plain.split() if (word := each.strip(_AROUND))]
    if found := _VERBS.get(plain.strip() or text.strip()) or _VERBS.get(" ".join(words) or "-"):
        return found
    if len(words) > MOST_WORDS:
        return Verb.UNKNOWN
    return _SHORT.get(_short(words) or "-", Verb.UNKNOWN)
