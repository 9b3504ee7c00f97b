"""The service's own pictures, fetched for a channel that uploads them."""

import pytest

from bot.app import build_app
from bot.web.own_pages import OwnPages
from tests.talk import Talk


@pytest.fixture
def pages(service, settings):
    made = OwnPages()
    made.app = build_app(service, settings)
    return made


async def test_a_picture_that_a_reply_names_is_fetched(pages, service):
    talk = Talk(service)
    await talk.tap("step:ma-otp:3")
    path = talk.last["replies"][0]["image"]["path"]

    assert (await pages.picture(path)).startswith(b"\x89PNG")


@pytest.mark.parametrize("path", ["/pictures/gone-000000000000.png", "/", "/metrics", "/healthz/live"])
async def test_what_is_no_picture_is_none(pages, path):
    assert await pages.picture(path) is None


async def test_before_there_is_an_app_there_are_no_pictures():
    assert await OwnPages().picture("/") is None
