"""What people of a play write into the boxes of forms, in turn."""

from collections.abc import Mapping, Sequence

BY_BOX: Mapping[str, Sequence[str]] = {
    "lens_think": (
        "I understood why we stop the fluids first, and could say it in my own words.",
        "The guideline left out what this family needed. I looked for what was behind it.",
        "I thought two steps ahead for the first time, and one of them was wrong.",
    ),
    "lens_feel": (
        "Proud for a moment, and then worried that it would not last.",
        "Tired after the nights. Walking home helped more than the bus did.",
        "I felt small on the round, and asked my question all the same.",
    ),
    "lens_act": (
        "I called for help early, and nobody minded.",
        "I asked the nurse what she saw before I said what I thought.",
        "Next week I lead one handover, and ask for two sentences of feedback.",
    ),
    "wish": (
        "Watch me break bad news once, and tell me what you saw.",
        "Tell me about a time when you were unsure for long.",
    ),
    "principle": (
        "I ask before I assume.",
        "I say so when I do not know.",
        "Nobody is only a case.",
    ),
    "note": (
        "The winter on the ward made it stronger; the rota pulls against it.",
        "It comes sooner for me than it did in autumn.",
    ),
    "title": ("I present a patient in three minutes, in good order.",),
    "next_step": ("Write the first sentence down before the round.",),
    "about": ("I came to medicine from physics, and I cycle to work in any weather.",),
    "hope": ("Somebody to think aloud with about the years after the exams.",),
    "offer": ("Statistics without tears.",),
    "goals": ("To become surer on the round.", "Questions that help, and somebody to ask them."),
    "steps": ("One handover that we look at together.", "Read one case each and compare."),
    "off_limits": ("My time before medicine.", "Marks and references."),
    "evidence": (
        "I led four handovers; the senior changed nothing in the last two. A nurse thanked me.",
    ),
    "speaking": ("We let each other finish.",),
    "confidentiality": ("Stories stay here, lessons may leave.",),
    "silence": ("We ask once, kindly, and need no excuse.",),
    "disagreeing": ("We ask what the other means before we answer.",),
    "leaving": ("Whoever leaves tells the group in a last meeting.",),
    "changed": ("I hear what is not said, and I ask for help before I need it badly.",),
    "network": ("Dr Amara on the new ward; I write to her in the first week.",),
    "text": ("You asked me how I was before you asked what I had done. That stayed with me.",),
    "words": ("I would like to talk with somebody about how feedback is given on our ward.",),
}


def sentence(box: str, number: int) -> str:
    """The `number`th sentence for a box, or one about the box where nobody wrote any."""
    name = next((one for one in BY_BOX if box.startswith(one) or box.endswith(one)), "")
    return BY_BOX[name][number % len(BY_BOX[name])] if name else f"Words for {box}."
