"""Files: docs.slack.dev/messaging/working-with-files (upload in three steps, then download)."""

from __future__ import annotations

import mimetypes

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route

from slack_sandbox import messages
from slack_sandbox.api.args import Args
from slack_sandbox.api.registry import Caller, find_channel, method
from slack_sandbox.problems import ApiError
from slack_sandbox.records import File, Json
from slack_sandbox.shapes import file_json
from slack_sandbox.world import World

MOST_FILE_BYTES = 50_000_000


@method("files.getUploadURLExternal", "files:write")
def get_upload_url(world: World, caller: Caller, args: Args) -> Json:
    """Return an address that takes one file of the length given, in bytes."""
    name = args.need("filename", "missing_argument")
    length = args.whole("length", 0, most=10**12, error="invalid_arguments")
    if length <= 0:
        raise ApiError("missing_argument")
    if length > MOST_FILE_BYTES:
        raise ApiError("file_upload_size_restricted")
    file = File(
        id=world.ids.slack("F"),
        team_id=caller.team_id,
        user=caller.user_id,
        name=name,
        size_bytes=length,
        created_s=int(world.clock.time()),
        mimetype=mimetypes.guess_type(name)[0] or "application/octet-stream",
        alt_text=args.text("alt_txt"),
    )
    world.files[file.id] = file
    base_url = caller.app.base_url or world.base_url
    return {"upload_url": f"{base_url}/upload/{file.id}", "file_id": file.id}


@method("files.completeUploadExternal", "files:write")
def complete_upload(world: World, caller: Caller, args: Args) -> Json:
    """Make uploaded files visible, and share them in channels if asked to."""
    wanted = args.json("files")
    if not isinstance(wanted, list) or not wanted:
        raise ApiError("invalid_arguments", messages=["[ERROR] missing required field: files"])
    files = [_uploaded(world, caller, one) for one in wanted]
    places = args.names("channels") or args.names("channel_id")
    channels = [find_channel(world, caller, one) for one in places]
    for channel in channels:
        if caller.user_id not in channel.members:
            raise ApiError("not_in_channel")
    for file in files:
        file.complete = True
        file.channels = [one.id for one in channels]
    for channel in channels:
        messages.post(
            world,
            channel,
            user=caller.user_id,
            bot_id=caller.installation.bot_id,
            app_id=caller.app.app_id,
            text=messages.escape_sent(args.text("initial_comment")),
            thread_ts=args.text("thread_ts") or None,
            files=[one.id for one in files],
        )
    base_url = caller.app.base_url or world.base_url
    return {"files": [file_json(one, base_url) for one in files]}


@method("files.info", "files:read")
def info(world: World, caller: Caller, args: Args) -> Json:
    """Describe a file."""
    file = _find(world, caller, args.need("file", "file_not_found"))
    base_url = caller.app.base_url or world.base_url
    return {"file": file_json(file, base_url), "comments": []}


@method("files.delete", "files:write")
def delete(world: World, caller: Caller, args: Args) -> Json:
    """Delete one of the app's own files."""
    file = _find(world, caller, args.need("file", "file_not_found"))
    if file.user != caller.user_id:
        raise ApiError("cant_delete_file")
    file.deleted = True
    file.content = b""
    return {}


def routes(world: World) -> list[BaseRoute]:
    """Return the addresses that take uploads and give files out."""

    async def upload(request: Request) -> Response:
        file = world.files.get(request.path_params["file_id"])
        if file is None or file.complete:
            return PlainTextResponse("no_such_upload", status_code=404)
        content = await _content(request)
        if len(content) > MOST_FILE_BYTES:
            return PlainTextResponse("file_too_large", status_code=413)
        file.content = content
        file.size_bytes = len(content)
        file.uploaded = True
        return PlainTextResponse(f"OK - {len(content)}")

    async def download(request: Request) -> Response:
        team_id, _, file_id = request.path_params["ids"].partition("-")
        file = world.files.get(file_id)
        value = request.headers.get("authorization", "").removeprefix("Bearer ")
        token = world.tokens.get(value)
        allowed = token is not None and token.team_id == team_id and _may_read(token.scopes)
        if file is None or not file.complete or file.deleted or file.team_id != team_id:
            return PlainTextResponse("file_not_found", status_code=404)
        if not allowed:
            # Slack sends a browser to its login page; a program sees that as HTML.
            return Response("<!DOCTYPE html><title>Sign in</title>", media_type="text/html")
        return Response(file.content, media_type=file.mimetype)

    return [
        Route("/upload/{file_id}", upload, methods=["POST", "PUT"]),
        Route("/files-pri/{ids}/{name:path}", download, methods=["GET"]),
    ]


def _may_read(scopes: frozenset[str] | None) -> bool:
    return scopes is None or "files:read" in scopes


async def _content(request: Request) -> bytes:
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return await request.body()
    async with request.form() as form:
        for value in form.values():
            if not isinstance(value, str):
                return await value.read()
    return b""


def _find(world: World, caller: Caller, file_id: str) -> File:
    file = world.files.get(file_id)
    if file is None or file.team_id != caller.team_id or not file.complete:
        raise ApiError("file_not_found")
    if file.deleted:
        raise ApiError("file_deleted")
    return file


def _uploaded(world: World, caller: Caller, wanted: object) -> File:
    file = world.files.get(str(wanted.get("id"))) if isinstance(wanted, dict) else None
    if file is None or file.team_id != caller.team_id or not file.uploaded:
        raise ApiError("file_not_found")
    if file.complete:
        raise ApiError("file_update_failed")
    assert isinstance(wanted, dict)
    file.title = str(wanted.get("title") or file.name)
    return file
