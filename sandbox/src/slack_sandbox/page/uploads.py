"""Files that a person gives to a form, and files that messages hold."""

from __future__ import annotations

from collections.abc import Mapping

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from slack_sandbox import actions
from slack_sandbox.api.files import MOST_FILE_BYTES
from slack_sandbox.elements import interactive
from slack_sandbox.page.places import viewer_of
from slack_sandbox.page.surface import field_name
from slack_sandbox.shapes import file_json
from slack_sandbox.world import Json, User, World

# Only these are shown by the browser; anything else is saved.
_PICTURES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})


async def upload(world: World, request: Request) -> Response:
    """Keep the files of a form field; answers their ids and names."""
    user = viewer_of(world, request)
    async with request.form(max_files=10, max_part_size=MOST_FILE_BYTES) as form:
        given = [value for value in form.getlist("files") if isinstance(value, UploadFile)]
        made = [
            actions.upload_file(
                world, user=user, name=one.filename or "file", content=await one.read()
            )
            for one in given
        ]
    return JSONResponse({"files": [{"id": file.id, "name": file.name} for file in made]})


def with_files(
    world: World, user: User, blocks: list[Json], *, fields: Mapping[str, list[str]], state: Json
) -> Json:
    """Return the state with the person's own files in its file inputs."""
    filled: Json = {block_id: dict(held) for block_id, held in state.items()}
    for block, element in interactive(blocks):
        if element["type"] != "file_input":
            continue
        ids = fields.get(field_name(block["block_id"], element["action_id"]), [])
        found = [world.files[one] for one in ids if one in world.files]
        mine = [file_json(file, world.base_url) for file in found if file.user == user.id]
        filled.setdefault(block["block_id"], {})[element["action_id"]] = mine
    return filled


async def download(world: World, request: Request) -> Response:
    """Give out a file: a picture to be shown, anything else to be saved."""
    file = world.files.get(request.path_params["file_id"])
    if file is None or file.deleted or not file.complete:
        raise HTTPException(404, "There is no such file.")
    headers = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
    if file.mimetype in _PICTURES:
        return Response(file.content, media_type=file.mimetype, headers=headers)
    headers["Content-Disposition"] = "attachment"
    return Response(file.content, media_type="application/octet-stream", headers=headers)
