"""Pictures over HTTP: illustrations, progress, a class's QR code; none says anything of a person."""

import io
import re

import pytest
import segno
from PIL import Image, ImageChops

from bot.settings import ROOT
from tests.talk import Talk

CODE = re.compile(r"\b[BCGHKMNPQTV]{8,10}\b")
GOOD = "1.6-0.7-3.7-2.6-0.8-1.6"


def png(response):
    assert response.headers["content-type"] == "image/png"
    return Image.open(io.BytesIO(response.content))


def same(one, other):
    return one.size == other.size and ImageChops.difference(one.convert("L"), other.convert("L")).getbbox() is None


async def test_an_illustration_is_kept_for_long_under_its_digest(client, curriculum):
    picture = curriculum.pictures["ma-otp"]

    response = await client.get(f"/pictures/ma-otp-{picture.digest}.png")

    assert response.content == (ROOT / "content" / "pictures" / "ma-otp.png").read_bytes()
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert png(response).size[0] > 100


async def test_an_older_digest_gets_the_present_picture_and_is_not_kept_for_long(client):
    response = await client.get("/pictures/ma-otp-00000000.png")

    assert response.status_code == 200
    assert "immutable" not in response.headers["cache-control"]


async def test_every_picture_of_the_content_can_be_fetched(client, curriculum):
    for picture in curriculum.pictures.values():
        assert (await client.get(f"/pictures/{picture.slug}-{picture.digest}.png")).status_code == 200, picture.slug


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("gone-00000000.png", id="not there"),
        pytest.param("..-x.png", id="dots"),
        pytest.param("..%2F..%2Fpyproject-x.png", id="a way out"),
        pytest.param("%2Fetc%2Fpasswd-x.png", id="an absolute path"),
        pytest.param("ma-otp.svg", id="another kind"),
        pytest.param("class-ABCDEFGH.png", id="a class that is not there"),
        pytest.param("class-.png", id="no class"),
        pytest.param("class-%00.png", id="a broken code"),
    ],
)
async def test_what_is_not_there_is_a_problem_document(client, path):
    response = await client.get(f"/pictures/{path}")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"]


async def test_progress_is_drawn_from_the_numbers_of_the_address(client):
    few = await client.get("/pictures/progress.png", params={"modules": GOOD, "days": 1})
    more = await client.get("/pictures/progress.png", params={"modules": GOOD.replace("0.7", "7.7"), "days": 1})

    assert not same(png(few), png(more))
    assert same(png(few), png(await client.get("/pictures/progress.png", params={"modules": GOOD, "days": 1})))


async def test_the_address_in_the_chat_is_one_that_can_be_fetched(client, service):
    talk = Talk(service)
    await talk.agree("bac")
    await talk.say("/tiendo")

    response = await client.get(talk.last["replies"][0]["image"]["path"])

    assert png(response).size[0] > 100


@pytest.mark.parametrize(
    ("modules", "days"),
    [
        pytest.param("", "1", id="no numbers"),
        pytest.param("1.6", "1", id="too few modules"),
        pytest.param(f"{GOOD}-1.1", "1", id="too many modules"),
        pytest.param(GOOD.replace("1.6", "1"), "1", id="no total"),
        pytest.param(GOOD.replace("3.7", "3.7.1"), "1", id="three numbers"),
        pytest.param(GOOD.replace("3.7", "a.b"), "1", id="letters"),
        pytest.param(GOOD.replace("3.7", "3.1000"), "1", id="too large"),
        pytest.param(GOOD.replace("3.7", f"3.{'9' * 5000}"), "1", id="far too large"),
        pytest.param(GOOD.replace("3.7", "9.7"), "1", id="more than all"),
        pytest.param(GOOD, "x", id="days no number"),
        pytest.param(GOOD, "-5", id="days below nought"),
        pytest.param(GOOD, None, id="no days"),
        pytest.param(None, "1", id="no modules"),
    ],
)
async def test_bad_numbers_are_a_problem_document(client, modules, days):
    params = {name: value for name, value in {"modules": modules, "days": days}.items() if value is not None}

    response = await client.get("/pictures/progress.png", params=params)

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert "hình" in response.json()["detail"]


async def test_many_days_are_drawn_as_the_most_there_can_be(client):
    most = await client.get("/pictures/progress.png", params={"modules": GOOD, "days": 999})
    beyond = await client.get("/pictures/progress.png", params={"modules": GOOD, "days": 10**9})

    assert same(png(most), png(beyond))


async def test_a_class_code_leads_to_the_class(client, service, settings):
    talk = Talk(service)
    await talk.agree("co")
    await talk.tap("open-class")
    await talk.say("Lớp tối thứ Ba")
    code = CODE.search(talk.text)[0]

    response = await client.get(f"/pictures/class-{code}.png")

    expected = io.BytesIO()
    segno.make(f"{settings.effective_public_url}/?lop={code}", error="m").save(expected, kind="png", scale=12, border=4)
    assert same(png(response), Image.open(expected))
    assert png(response).size[0] >= 300
