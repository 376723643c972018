from bot.kinds import MessageKind
from handlers.register import CAPABILITIES

DELIVERY_POLICIES = CAPABILITIES.policies


def test_every_kind_of_message_has_a_policy() -> None:
    assert set(DELIVERY_POLICIES) == set(MessageKind)


def test_only_what_asks_something_of_a_member_uses_up_their_week() -> None:
    counted = {kind for kind, policy in DELIVERY_POLICIES.items() if policy.counts}

    assert counted == {
        "checkin_prompt",
        "mentor_nudge",
        "announcement_sent",
        "peer_round_announced",
        "peer_round_asked",
    }


def test_what_somebody_waits_for_is_sent_again_when_in_doubt_and_a_nudge_is_not() -> None:
    assert DELIVERY_POLICIES["group_introduction"].resend_unknown
    assert not DELIVERY_POLICIES["mentor_nudge"].resend_unknown
    assert not DELIVERY_POLICIES["checkin_prompt"].resend_unknown
