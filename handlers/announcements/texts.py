"""Texts that a coordinator may begin with. Each offers help, and blames nobody for anything."""

from collections.abc import Mapping

from bot.announcements.model import Suggestion

TEXTS: Mapping[Suggestion, str] = {
    Suggestion.FIRST_MEETING: (
        "Hello, as far as we can see your mentoring group has not had its first meeting yet. That "
        "is mostly a matter of diaries. Can we help you to find a date? If you have met already, "
        "just say so. Whatever would make it easier, tell me."
    ),
    Suggestion.GONE_QUIET: (
        "Hello, we have not heard of a meeting of your mentoring group for a while. Perhaps you "
        "have met and it was not noted down, or it was a full month: both are fine. Is there "
        "anything we can do to make the next one easier?"
    ),
    Suggestion.CLAIM_WAITS: (
        "Hello, somebody in your mentoring group has claimed a stage and waits for your answer. "
        "You find it on the Home tab of Cairn; you can confirm it, or say that you would rather "
        "talk about it first. Tell me if I can help."
    ),
    Suggestion.OVER_CAPACITY: (
        "Hello, you mentor more people at present than you said you can take. Thank you for that. "
        "Shall we change it? I can look for another seat for somebody, or for a second mentor. If "
        "it is fine as it is, tell me, and I note the new number."
    ),
    Suggestion.MENTOR_AWAY: (
        "Hello, your mentor is away for a while. You keep your group and its channel, and your "
        "check-ins go on as they were. If you need somebody meanwhile, write to me, and I find "
        "somebody for you."
    ),
    Suggestion.JOINED_LATE: (
        "Welcome. You have joined after the programme began, and nothing is lost by that. What "
        "comes next: please accept the code of conduct if you have not. You get a seat in a "
        "mentoring group as soon as one fits, and Cairn tells you. Ask me whatever you would like "
        "to know."
    ),
    Suggestion.NOT_IN_CHANNEL: (
        "Hello, you are not in the channel of your mentoring group at present, so you may miss "
        "what is planned there. Answer me, and I have you invited again; anybody in the group can "
        "add you, too. If you left on purpose, that is fine: tell me how you would like to stay in "
        "touch."
    ),
    Suggestion.BLANK: "",
}
