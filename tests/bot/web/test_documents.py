"""Pages for a person: a certificate anyone can verify, and one's own data to take along."""

import io
import json
import re
from datetime import UTC, datetime, timedelta
from html import escape, unescape

import pytest
from PIL import Image

from actions.learners.learning import Issued
from actions.learners.statistics.roll_up import roll_up
from actions.learners.tables import Certificate, LearnerRow
from actions.learners.unanswered import Asked
from actions.stamp import stamp
from bot.web.own_data import TABLES
from tests.actions.test_path import PATH, passed
from tests.stored import rows
from tests.talk import Talk

NOW = datetime(2026, 11, 24, 20, 0, tzinfo=UTC)  # already the 25th in Vietnam


@pytest.fixture(autouse=True)
def clock(time_machine):
    time_machine.move_to(NOW, tick=False)
    return time_machine


@pytest.fixture
async def certificate(service, curriculum):
    """The code of a certificate in the name of O'Brien."""
    talk = Talk(service)
    await talk.agree("bac")
    await passed(service, curriculum.paths[PATH].lessons)
    await talk.tap(f"certificate:{PATH}")
    await talk.say("O'Brien")
    await talk.press("Đúng, cấp giấy")
    (row,) = await rows(service, Certificate)
    return row["code"]


async def data_code(service, class_name="Lớp của tôi"):
    """Return a code for the data of somebody who opened a class."""
    talk = Talk(service)
    await talk.agree("bac")
    await talk.pass_quiz("ma-otp")
    await talk.tap("open-class")
    await talk.say(class_name)
    await talk.say("/taidulieu")
    return re.search(r"/dulieu/(\w+)", talk.text)[1]


async def test_anyone_can_verify_a_certificate(client, certificate, curriculum):
    response = await client.get(f"/chungnhan/{certificate}")

    assert response.status_code == 200
    assert "Giấy chứng nhận có thật" in response.text
    for said in (
        certificate,
        curriculum.paths[PATH].title,
        "25/11/2026",
        *(curriculum.lessons[x].title for x in curriculum.paths[PATH].lessons),
    ):
        assert escape(said) in response.text, said
    assert "không phải văn bằng của Nhà nước" in response.text


@pytest.mark.parametrize("form", [str.upper, str.lower])
async def test_a_code_may_be_typed_in_small_letters(client, certificate, form):
    assert (await client.get(f"/chungnhan/{form(certificate)}")).status_code == 200


async def test_a_name_with_a_mark_is_shown_as_it_is(client, certificate):
    page = (await client.get(f"/chungnhan/{certificate}")).text

    assert "O'Brien" not in page
    assert "O&#39;Brien" in page


async def test_the_picture_and_the_print_are_made(client, certificate):
    picture = await client.get(f"/chungnhan/{certificate}.png")
    printed = await client.get(f"/chungnhan/{certificate}.pdf")

    assert picture.headers["content-type"] == "image/png"
    assert min(Image.open(io.BytesIO(picture.content)).size) >= 600
    assert printed.headers["content-type"] == "application/pdf"
    assert printed.content.startswith(b"%PDF-")


@pytest.mark.parametrize("suffix", ["", ".png", ".pdf"])
async def test_no_copy_of_a_certificate_is_kept_on_the_way(client, certificate, suffix):
    assert (await client.get(f"/chungnhan/{certificate}{suffix}")).headers["cache-control"] == "no-store"


@pytest.mark.parametrize("code", ["ABCDEFGHJK", "x", "' OR 1=1 --", "%00", "a" * 500])
async def test_an_unknown_code_is_said_to_be_none(client, code):
    response = await client.get(f"/chungnhan/{code}")

    assert response.status_code == 404
    assert "Không có giấy chứng nhận này" in response.text
    assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("suffix", [".png", ".pdf"])
async def test_a_picture_of_an_unknown_code_is_a_problem_document(client, suffix):
    response = await client.get(f"/chungnhan/ABCDEFGHJK{suffix}")

    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"


async def test_a_made_up_code_cannot_write_into_the_page(client):
    page = (await client.get("/chungnhan/<script>alert(1)<%2Fscript>")).text

    assert "<script" not in page


async def test_after_a_correction_the_old_code_is_good_no_more(client, service, certificate):
    talk = Talk(service)
    await talk.tap(f"certificate-name:{PATH}")
    await talk.say("Ôn Như")
    await talk.say("đúng")
    (row,) = await rows(service, Certificate)

    old = await client.get(f"/chungnhan/{certificate}")

    assert (old.status_code, (await client.get(f"/chungnhan/{row['code']}")).status_code) == (404, 200)
    assert "đã sửa tên và nhận mã mới" in old.text


async def test_page_picture_and_print_lead_to_each_other(client, certificate):
    page = (await client.get(f"/chungnhan/{certificate}")).text

    assert f'href="/chungnhan/{certificate}.pdf"' in page
    assert f'href="/chungnhan/{certificate}.png"' in page


async def test_an_erased_certificate_is_not_verified_any_more(client, service, certificate):
    talk = Talk(service)
    await talk.say("/xoadulieu")
    await talk.press("Xoá, tôi chắc chắn")

    assert (await client.get(f"/chungnhan/{certificate}")).status_code == 404


async def test_ones_data_is_a_page_in_vietnamese(client, service):
    code = await data_code(service)

    response = await client.get(f"/dulieu/{code}")

    assert response.status_code == 200
    for title in ("Người học (1)", "Kênh trò chuyện (1)", "Câu đã trả lời (3)", "Câu hẹn ôn lại (3)", "Lớp đã mở (1)"):
        assert title in response.text
    assert "03:00 25/11/2026" in response.text
    assert "nguoi-hoc-1" in response.text
    assert f'href="/dulieu/{code}.json"' in response.text


async def everything(service):
    """Return a code for the data of somebody of whom every table holds something."""
    talk = Talk(service)
    await talk.agree("bac")
    await talk.tap("take:nguoi-cao-tuoi")
    await talk.pass_quiz("ma-otp")
    await talk.tap("drill:dien-tap-cong-an")
    await talk.tap(next(c["value"] for c in talk.choices if c["value"].startswith("act:")))
    await talk.tap("remind-at:19")
    await talk.tap("open-class")
    await talk.say("Lớp của tôi")
    await talk.tap(f"join:{re.search(r'lop=([A-Z]+)', talk.text)[1]}")
    await talk.tap(f"ask-me:vua-bi-lua:{stamp(NOW)}")
    await talk.say("/giadinh")
    helper = Talk(service, "con-gai")
    await helper.say(re.search(r"\b[BCGHKMNPQTV]{10}\b", talk.text)[0])
    await helper.press("Đồng ý")
    await talk.say("/giadinh")
    (learner,) = await rows(service, LearnerRow)
    async with service.repository.transaction() as store:
        issued = Issued("BCGHKMNPQTVB", PATH, "Người cao tuổi", ("Mã OTP",), "Hoa", "test", NOW)
        await store.learning.issue(learner["id"], issued)
        identity = await store.people.identity_of(store.keys.sender_key("web", talk.sender))
        await store.outbound.send(identity, "reminder", {"text": "Hôm nay có câu nên ôn."}, NOW, timedelta(hours=1))
        await store.sharing.link(identity, learner["id"], NOW)
        key = store.keys.sender_key("web", talk.sender)
        await store.keep_conversation(key, [], None, NOW, asked=Asked("hỏi gì", None, None, NOW.timestamp()))
    await roll_up(service.repository, NOW)
    await talk.say("/taidulieu")
    return re.search(r"/dulieu/(\w+)", talk.text)[1]


async def test_the_page_tells_every_kind_of_data_in_words(client, service, curriculum):
    code = await everything(service)
    found = json.loads((await client.get(f"/dulieu/{code}.json")).content)

    page = unescape((await client.get(f"/dulieu/{code}")).text)

    assert {name for name, kept in found.items() if kept} == set(TABLES)
    question = next(row["question"] for row in found["attempts"] if row["kind"] == "quiz")
    for said in (
        *(title for title, _ in TABLES.values()), "Cách xưng hô", "bác", "Chữ to, câu ngắn", "không", "19 giờ", "Trang trò chuyện",
        curriculum.paths["nguoi-cao-tuoi"].title, curriculum.lessons["ma-otp"].title, curriculum.drills["dien-tap-cong-an"].title,
        curriculum.lessons["ma-otp"].questions[question].text.split("{{")[0].strip(), "Hôm nay có câu nên ôn.", "Hoa", "Diễn tập",
    ):  # fmt: skip
        assert said in page, said


async def test_the_page_shows_no_inner_ids_or_names_of_columns(client, service):
    code = await everything(service)
    found = json.loads((await client.get(f"/dulieu/{code}.json")).content)

    page = (await client.get(f"/dulieu/{code}")).text

    inner = {found["learner"][0]["id"], found["identities"][0]["sender_key"], found["attempts"][0]["sitting"], "stability", "{{"}
    columns = {name for kept in found.values() for row in kept for name in row if "_" in name}
    assert [word for word in inner | columns if word in page] == []


async def test_ones_data_is_a_file_of_everything(client, service):
    code = await data_code(service)

    response = await client.get(f"/dulieu/{code}.json")

    found = json.loads(response.content)
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-disposition"] == 'attachment; filename="du-lieu-ban-so.json"'
    assert found["identities"][0]["address_on_channel"] == "nguoi-hoc-1"
    assert [row["lesson"] for row in found["attempts"]] == ["ma-otp"] * 3
    assert found["classes"][0]["name"] == "Lớp của tôi"
    assert "sealed" not in response.text


async def test_page_and_file_stay_open_for_a_quarter_of_an_hour(client, service, clock):
    code = await data_code(service)
    clock.shift(timedelta(minutes=14))
    in_time = [(await client.get(f"/dulieu/{code}{suffix}")).status_code for suffix in ("", ".json", "")]

    clock.shift(timedelta(minutes=2))
    late, late_file = [await client.get(f"/dulieu/{code}{suffix}") for suffix in ("", ".json")]

    assert in_time == [200, 200, 200]
    assert (late.status_code, late_file.status_code) == (404, 404)
    assert "Đường dẫn đã hết hạn" in late.text
    assert late_file.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("suffix", ["", ".json"])
async def test_no_copy_of_the_data_is_kept_on_the_way(client, service, suffix):
    code = await data_code(service)

    assert (await client.get(f"/dulieu/{code}{suffix}")).headers["cache-control"] == "no-store"
    assert (await client.get(f"/dulieu/wrong{suffix}")).status_code == 404


async def test_a_family_code_opens_no_data(client, service):
    talk = Talk(service)
    await talk.agree("bac")
    await talk.say("/giadinh")
    code = re.search(r"\b[BCGHKMNPQTV]{8,10}\b", talk.text)[0]

    assert (await client.get(f"/dulieu/{code}")).status_code == 404


async def test_what_a_person_typed_cannot_write_into_the_page(client, service):
    code = await data_code(service, "<script>alert('x')</script>\"&")

    page = (await client.get(f"/dulieu/{code}")).text

    assert "<script" not in page
    assert "&lt;script&gt;" in page


async def test_nobody_elses_data_is_in_the_page(client, service):
    other = Talk(service, "nguoi-khac")
    await other.agree("co")
    await other.tap("add-person")
    await other.say("Bí Mật")
    code = await data_code(service)

    page = (await client.get(f"/dulieu/{code}")).text

    assert "nguoi-khac" not in page
    assert "Bí Mật" not in page
