"""Making the file of a member's own data, and sending it to them alone."""

import asyncio

from bot.my_data.page import as_zip
from bot.my_data.reading import gather
from bot.people.use_cases import the_member
from handlers.blocks import View, working
from handlers.edge.call import Call
from handlers.edge.errors import see_through
from handlers.edge.files import send_files
from handlers.edge.services import Services
from handlers.my_data import views


async def on_get(call: Call, services: Services) -> None:
    """Make the file and send it to the member who asks, and to nobody else."""

    async def work() -> View:
        async with services.database.reading() as connection:
            member = await the_member(connection, call.workspace_id, call.slack_user_id)
            data = await gather(connection, member)
        file = await asyncio.to_thread(as_zip, data)
        await send_files(call, {"my-data.zip": file}, comment=views.SENT)
        return views.sent()

    await see_through(call, work, meanwhile=working(views.BEING_MADE, title=views.TITLE))
