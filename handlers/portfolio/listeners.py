"""Making a portfolio or a letter when it is asked for, and sending it to who asked alone."""

import asyncio
from functools import partial

from bot.checkins.rules import CheckInId
from bot.people.use_cases import the_member
from bot.portfolio import rules, use_cases
from bot.portfolio.model import Content
from bot.portfolio.typesetting import letter_pdf, portfolio_pdf
from handlers.blocks import View, notice
from handlers.edge.answers import Answers, WrongAnswer, beside
from handlers.edge.call import Call
from handlers.edge.dispatch import Edge
from handlers.edge.errors import see_through
from handlers.edge.files import send_files
from handlers.edge.services import Services
from handlers.portfolio import views


def register(edge: Edge) -> None:
    """Add the listeners of what members take along."""
    edge.action("portfolio.open", on_portfolio)
    edge.view("portfolio.form", on_portfolio_form)
    edge.action("letter.open", on_letter)
    edge.view("letter.form", on_letter_form)


async def on_portfolio(call: Call, services: Services) -> None:
    """Ask a mentee what goes into their portfolio."""
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        programme = await use_cases.programme_for(connection, member)
        own = await use_cases.own_checkins(connection, member, programme)
    await call.show(views.portfolio_form(own, tz=member.timezone))


async def on_portfolio_form(call: Call, services: Services) -> None:
    """Make the portfolio that a mentee chose."""
    answers = call.answers
    if not _forms(answers):
        raise WrongAnswer(format="Choose at least one.")
    if not (_parts(answers) or answers.choices("picked")):
        raise WrongAnswer(parts="Choose at least one thing, here or among your check-ins.")
    work = partial(_make_portfolio, call, services)
    await see_through(call, work, meanwhile=notice(views.BEING_MADE, title=views.PORTFOLIO))


def _forms(answers: Answers) -> list[str]:
    return [form for form, _ in views.FORMATS if form in answers.choices("format")]


def _parts(answers: Answers) -> list[Content]:
    return [part for part in Content if part in answers.choices("parts")]


async def _make_portfolio(call: Call, services: Services) -> View:
    answers = call.answers
    forms = _forms(answers)
    async with services.database.reading() as connection:
        member = await the_member(connection, call.workspace_id, call.slack_user_id)
        programme = await use_cases.programme_for(connection, member)
        made = await use_cases.portfolio_of(
            connection,
            member,
            programme,
            parts=_parts(answers),
            picked=[CheckInId(each) for each in answers.choices("picked")],
            now=services.clock.now(),
        )
    files, is_whole = {}, True
    if views.PDF in forms:
        page = await asyncio.to_thread(portfolio_pdf, made, services.catalogue.papers)
        files["portfolio.pdf"], is_whole = page.pdf, page.is_whole
    if views.MARKDOWN in forms or not is_whole:
        files["portfolio.md"] = rules.markdown(made).encode()
    await send_files(call, files, comment=views.sent_portfolio(is_whole=is_whole))
    return views.portfolio_sent(is_whole=is_whole)


async def on_letter(call: Call, services: Services) -> None:
    """Show a mentor what their letter will say, and ask how their name is printed."""
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        programme = await use_cases.programme_for(connection, mentor)
        facts = await use_cases.letter_of(
            connection, mentor, programme, name=mentor.name, now=services.clock.now()
        )
    papers = services.catalogue.papers
    await call.open(views.letter_form(facts, rules.filled_in(papers.wording.paragraphs, facts)))


async def on_letter_form(call: Call, services: Services) -> None:
    """Make a mentor's letter."""
    with beside("name"):
        name = rules.checked_name(call.answers.text("name") or "")
    work = partial(_make_letter, call, services, name)
    await see_through(call, work, meanwhile=notice(views.BEING_MADE, title=views.LETTER))


async def _make_letter(call: Call, services: Services, name: str) -> View:
    async with services.database.reading() as connection:
        mentor = await the_member(connection, call.workspace_id, call.slack_user_id)
        programme = await use_cases.programme_for(connection, mentor)
        facts = await use_cases.letter_of(
            connection, mentor, programme, name=name, now=services.clock.now()
        )
    pdf = await asyncio.to_thread(letter_pdf, facts, services.catalogue.papers)
    await send_files(call, {"letter.pdf": pdf}, comment=views.SENT_LETTER)
    return views.letter_sent()
