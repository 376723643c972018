"""Build the questions of peer rounds from their YAML file."""

from typing import Annotated

from pydantic import AfterValidator, Field

from bot.peers.model import PeerQuestions
from config.entries import LevelName, Prompt, Section, refuse_repeats

Questions = Annotated[list[Prompt], Field(min_length=1), AfterValidator(refuse_repeats)]


class _PeerQuestions(Section):
    questions: Questions
    by_stage: dict[LevelName, Questions] = Field(default_factory=dict)


def peer_questions_from(mapping: object) -> PeerQuestions:
    """Build the questions that peers begin with, as `entries` builds other things."""
    read = _PeerQuestions.model_validate(mapping)
    own = {stage: tuple(questions) for stage, questions in read.by_stage.items()}
    return PeerQuestions(general=tuple(read.questions), by_stage=own)
