"""Words of the demo's people: made up, and chosen by chance for whoever writes."""

from bot.agreements.model import Aspect
from bot.community.model import CharterTopic
from bot.goals.model import GoalDomain
from bot.profiles.model import MemberProfile
from bot.stages.model import Lens

LENSES = {
    Lens.THINK: (
        (
            "I knew the steps by heart and could not say why we did the third one. I looked it "
            "up after the round, and it was about the kidneys, not the heart."
        ),
        (
            "Two seniors wanted two different things. I wrote both reasons down, and saw that they "
            "worried about different patients."
        ),
        "I had decided before I had asked. The nurse asked one question, and my plan was gone.",
        "It helped to say aloud what I was unsure of. Half of it was clear once I had said it.",
        "I keep looking for the rare thing. This week it was the common thing, three times.",
        "For the first time I could follow why the plan changed, and not only that it had.",
        "I read about consent on Sunday and had to explain it on Monday. Reading was not enough.",
    ),
    Lens.FEEL: (
        "Small on the round on Tuesday, and proud on Thursday when the family thanked me.",
        "Tired after the nights. Walking home helped more than the bus did.",
        "Relieved that I was allowed to say that I did not know.",
        "Angry for a while, about a remark in the corridor. It was gone after I told somebody.",
        "I missed my own people. We were so many on the ward, and I spoke to nobody of myself.",
        "Calm, mostly. That surprised me, because it was the busiest week so far.",
        "Unsure whether I care too much or the right amount. I would like to talk about that.",
    ),
    Lens.ACT: (
        "I called for help early, and nobody minded.",
        "I asked the nurse what she saw before I said what I thought.",
        "Next week I lead one handover, and ask for two sentences of feedback.",
        "I sat down at the bed. It took no longer, and he told me what he had told nobody.",
        "I wrote to the pharmacist instead of guessing. I will do that again.",
        "I practised the conversation with a friend first, and it went better than the last one.",
        "I left on time twice, on purpose.",
    ),
}
WISHES = (
    "Watch me break bad news once, and tell me what you saw.",
    "Tell me about a time when you were unsure for long.",
    "Could we look at one of my letters together?",
    "I would like to hear how you say no.",
)
REPLIES = (
    "Thank you for writing this down. Let us begin with it when we meet.",
    "I remember that feeling well. You did the right thing by asking.",
    "The question of the nurse is worth keeping. What was it?",
    "I read it twice. You see more than I did in my second year.",
    "Come by on Thursday if you like; I have a quiet half-hour.",
)
GOALS = (
    ("I present a patient in three minutes", "Write the first sentence down", GoalDomain.PRACTICE),
    ("I ask for feedback once a week", "Ask after the next handover", GoalDomain.TEAM),
    ("I explain a diagnosis without jargon", "Try it on my neighbour", GoalDomain.COMMUNICATION),
    ("I teach the first-years one skill", "Choose the skill", GoalDomain.TEACHING),
    ("I leave on time on two days a week", "Say so on Monday", GoalDomain.BALANCE),
    ("I finish the audit of our discharge letters", "Count one month", GoalDomain.RESEARCH),
)
CHARTER = (
    (CharterTopic.SPEAKING, "We let each other finish."),
    (CharterTopic.CONFIDENTIALITY, "Stories stay here, lessons may leave."),
    (CharterTopic.SILENCE, "We ask once, kindly, and need no excuse."),
    (CharterTopic.DISAGREEING, "We ask what the other means before we answer."),
    (CharterTopic.GOODBYE, "Whoever leaves tells the group in a last meeting."),
)
EVIDENCE = (
    "I led four handovers; the senior changed nothing in the last two. A nurse thanked me.",
    "I did the admission alone three times with somebody watching, and was corrected once.",
    "Two first-years come to me with questions now, and I send them on when I do not know.",
)
ANSWERS_TO_CLAIMS = ("I have seen it, too. Well done.", "Yes. The last two weeks made it plain.")
TALKS = ("Let us talk about the third point first, when we meet.",)
PRINCIPLES = (
    "I ask before I assume.",
    "I say so when I do not know.",
    "Nobody is only a case.",
)
EXPECTATIONS = (
    {
        Aspect.GOALS: "To become surer on the round, and to find out what kind of work fits me.",
        Aspect.STEPS: "One handover that we look at together.",
        Aspect.FREQUENCY: "two_weeks",
        Aspect.DURATION: "45",
        Aspect.WHERE: "at_work",
        Aspect.CONFIDENTIALITY: "between_us",
        Aspect.ENDING: "each_other",
    },
    {
        Aspect.GOALS: "Somebody to think aloud with, who is not on my ward.",
        Aspect.STEPS: "Read one case each and compare.",
        Aspect.FREQUENCY: "monthly",
        Aspect.DURATION: "60",
        Aspect.CONFIDENTIALITY: "between_us",
        Aspect.OFF_LIMITS: "Marks and references.",
        Aspect.FEEDBACK: "each_meeting",
        Aspect.ENDING: "either",
    },
)
OF_A_MENTOR = {
    Aspect.GOALS: "That you leave each meeting with one thing to try.",
    Aspect.STEPS: "Bring a case that you have not solved.",
    Aspect.FREQUENCY: "two_weeks",
    Aspect.DURATION: "45",
    Aspect.WHERE: "at_work",
    Aspect.CONFIDENTIALITY: "between_us",
    Aspect.FEEDBACK: "each_meeting",
    Aspect.ENDING: "each_other",
}
ABOUT = (
    MemberProfile(about="I bake bread at night, and bring some when it turns out well."),
    MemberProfile(hope="To hear how others stay kind on long days.", offer="A quiet listener."),
    MemberProfile(about="I sang in choirs before I had night shifts.", offer="Help with posters."),
    MemberProfile(hope="Honest feedback, in small portions."),
    MemberProfile(about="New in town, and glad about every hint for good coffee."),
)
CONCERN = (
    "I would like to talk with somebody about how feedback is given on our ward. It is about the "
    "tone, not about one person."
)
DONE = (
    (
        "You said that it is not easy to bring up hard issues. Every round now begins with "
        "two minutes for questions, and the seniors ask theirs first."
    ),
    (
        "You said that asking for help can be hard at night. The night team now has one number for "
        "all questions, and whoever answers it is glad of the call."
    ),
    (
        "You said that mistakes come up too late. There is now a monthly hour in which one "
        "of the seniors tells of a mistake of their own."
    ),
    (
        "You said that expectations are not clear after a rotation. Each ward hands you one page "
        "on your first day."
    ),
    (
        "You asked for protected time. The heads have agreed: the hour with your group stands "
        "in the rota."
    ),
)
