"""Which workspaces may install Cairn: those of a list that the operator writes, or every one."""

from bot.kernel.errors import OperatorFacing

ANY = "*"
NOBODY = (
    "No workspace can install Cairn, because ALLOWED_WORKSPACES is not set; write the team ids of "
    "those that may, separated by commas"
)


def may_install(allowed: frozenset[str], *, team_id: str, enterprise_id: str) -> bool:
    """Say whether a workspace is on the list, by itself or with its whole organisation."""
    return ANY in allowed or not allowed.isdisjoint({team_id, enterprise_id})


def who_may_install(allowed: frozenset[str]) -> str:
    """Say who may install Cairn. Raises OperatorFacing where nobody may."""
    if not allowed:
        raise OperatorFacing(NOBODY, permanent=True)
    if ANY in allowed:
        return "Whoever knows its address can install Cairn in a workspace (ALLOWED_WORKSPACES=*)."
    return f"Only these may install Cairn: {', '.join(sorted(allowed))}."
