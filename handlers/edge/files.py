"""Send a file to one person, in their own messages with Cairn."""

from slack_sdk.errors import SlackApiError

from bot.delivery.reasons import MISSING_SCOPE
from bot.kernel.errors import UserFacing
from handlers.edge.call import Call
from handlers.edge.clients import reason_of

SCOPE = "files:write"


class MayNotSendFiles(UserFacing):
    """The app was installed without the permission to send files."""

    def __init__(self) -> None:
        super().__init__(
            f"Cairn may not send files here: it lacks the permission {SCOPE}. Ask somebody who "
            "administers this Slack workspace to add it. Nothing was lost; ask again then."
        )


async def send_files(call: Call, files: dict[str, bytes], *, comment: str) -> None:
    """Send files, by name, to the caller alone, with a sentence beside them.

    Raises UserFacing without the permission to. What Slack keeps of it, its owner can delete there.
    https://docs.slack.dev/messaging/working-with-files
    """
    opened = await call.client.conversations_open(users=call.slack_user_id)
    uploads = [
        {"filename": name, "title": name, "content": content} for name, content in files.items()
    ]
    try:
        await call.client.files_upload_v2(
            channel=str(opened["channel"]["id"]), file_uploads=uploads, initial_comment=comment
        )
    except SlackApiError as failure:
        if reason_of(failure) == MISSING_SCOPE:
            raise MayNotSendFiles from None
        raise
