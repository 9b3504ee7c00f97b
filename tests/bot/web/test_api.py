"""The REST API over the whole app, the database real, the NLU server a fake."""

import asyncio

import pytest

from bot.app import build_app
from bot.settings import Settings

QUESTION = {"sender": "s1", "text": "công an gọi điện"}


async def test_answers_in_the_published_shape(client):
    response = await client.post("/api/chat", json=QUESTION)

    assert response.status_code == 200
    body = response.json()
    assert set(body) == {
        "replies", "outcome", "topic", "answer", "suggested_topics", "confidence", "content_version", "model_version",
        "large_text", "remembered", "erased",
    }  # fmt: skip
    assert (body["outcome"], body["topic"], body["answer"]) == ("answered", "scam-police", "cong-an-goi-dien")
    assert set(body["replies"][0]) == {"text", "choices", "image"}
    assert body["replies"][0]["image"] is None
    assert body["suggested_topics"] == []
    assert (body["large_text"], body["remembered"], body["erased"]) == (False, False, False)


async def test_a_picture_is_named_with_its_words_and_can_be_fetched(client):
    body = (await client.post("/api/chat", json={"sender": "s1", "choice": "step:ma-otp:3"})).json()

    image = body["replies"][0]["image"]
    assert set(image) == {"path", "alt"}
    assert image["alt"]
    assert (await client.get(image["path"])).headers["content-type"] == "image/png"


async def test_a_choice_may_be_any_text_and_is_never_an_error(client):
    for choice in ("", "gone", "a" * 64, "x:" * 32, "\x00", "learn:" + "x" * 58, "ấ" * 64):
        response = await client.post("/api/chat", json={"sender": "s1", "choice": choice})
        assert response.status_code == 200, choice
        assert response.json()["replies"]


@pytest.mark.parametrize("choice", ["\\ud800", "held:\\ud800", "join:\\ud800"])
async def test_half_a_character_in_a_choice_is_refused(client, choice):
    body = f'{{"sender": "s1", "choice": "{choice}"}}'.encode()

    response = await client.post("/api/chat", content=body, headers={"Content-Type": "application/json"})

    assert response.status_code in (200, 400)


async def test_waiting_messages_are_given_once(client, service, time_machine):
    from datetime import UTC, datetime, timedelta

    from tests.talk import Talk

    time_machine.move_to(datetime(2026, 11, 24, 5, 0, tzinfo=UTC), tick=False)
    talk = Talk(service, "s1")
    await talk.agree("bac")
    await talk.tap("quiz:ma-otp")
    await talk.answer(is_right=False)
    await talk.tap("remind-at:19")
    time_machine.shift(timedelta(days=1, hours=7))
    await service.write_due_messages()

    first, again = [(await client.post("/api/waiting", json={"sender": "s1"})).json() for _ in range(2)]
    other = (await client.post("/api/waiting", json={"sender": "s2"})).json()

    assert "1 câu nên ôn lại" in first["replies"][0]["text"]
    assert again == other == {"replies": []}


@pytest.mark.parametrize("body", [{}, {"sender": "a b"}, {"sender": ""}, {"sender": 5}])
async def test_who_asks_for_waiting_messages_must_say_who(client, body):
    response = await client.post("/api/waiting", json=body)

    assert response.status_code == 400
    assert response.headers["content-type"] == "application/problem+json"


async def test_numbers_choose_from_the_menu_that_was_shown(client):
    await client.post("/api/chat", json={"sender": "s1", "text": "menu"})
    body = (await client.post("/api/chat", json={"sender": "s1", "text": "1"})).json()
    other = (await client.post("/api/chat", json={"sender": "s2", "text": "1"})).json()

    assert body["outcome"] == "emergency"
    assert other["outcome"] == "menu"


async def test_the_same_message_id_is_answered_once(client, nlu):
    first = await client.post("/api/chat", json=QUESTION | {"message_id": "m1"})
    again = await client.post("/api/chat", json=QUESTION | {"message_id": "m1"})
    other = await client.post("/api/chat", json=QUESTION | {"message_id": "m1", "sender": "s2"})

    assert first.json() == again.json() == other.json()
    assert len(nlu.texts) == 2


async def test_the_same_message_at_once_is_answered_once(client, nlu):
    await asyncio.gather(*(client.post("/api/chat", json=QUESTION | {"message_id": "m1"}) for _ in range(8)))

    assert len(nlu.texts) == 1


async def test_a_message_that_found_the_model_away_can_be_sent_again(client, nlu):
    nlu.broken = True
    busy = await client.post("/api/chat", json=QUESTION | {"message_id": "m1"})
    nlu.broken = False
    later = await client.post("/api/chat", json=QUESTION | {"message_id": "m1"})

    assert busy.status_code == 503
    assert busy.headers["content-type"] == "application/problem+json"
    assert busy.json()["outcome"] == "error"
    assert "đang bận" in busy.json()["detail"]
    assert later.json()["outcome"] == "answered"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"", 400, id="empty"),
        pytest.param(b"{", 400, id="broken JSON"),
        pytest.param(b"[]", 400, id="a list"),
        pytest.param(b"\xff\xfe\x00\x01", 400, id="binary"),
        pytest.param(b'{"text": "a"}', 400, id="no sender"),
        pytest.param(b'{"sender": "s"}', 400, id="neither text nor choice"),
        pytest.param(b'{"sender": "s", "text": "a", "choice": "b"}', 400, id="both"),
        pytest.param(b'{"sender": "a b", "text": "a"}', 400, id="sender with a space"),
        pytest.param(b'{"sender": "%s", "text": "a"}' % (b"x" * 65), 400, id="sender too long"),
        pytest.param(b'{"sender": "", "text": "a"}', 400, id="sender empty"),
        pytest.param(b'{"sender": 5, "text": "a"}', 400, id="sender a number"),
        pytest.param(b'{"sender": "s", "text": 5}', 400, id="text a number"),
        pytest.param(b'{"sender": "s", "text": "\\ud800"}', 400, id="half a surrogate"),
        pytest.param(b'{"sender": "s", "text": "%s"}' % (b"x" * 2001), 413, id="2,001 characters"),
        pytest.param(b'{"sender": "s", "text": "%s"}' % (b"x" * 10000), 413, id="10,000 characters"),
        pytest.param(b'{"sender": "s", "text": "%s"}' % (b"x" * 200000), 413, id="200,000 characters"),
        pytest.param(b'{"sender": "s", "choice": "%s"}' % (b"x" * 65), 400, id="choice too long"),
        pytest.param(b"[" * 60000, 400, id="deep JSON"),
    ],
)
async def test_bad_requests_get_a_problem_document_in_vietnamese(client, body, status):
    response = await client.post("/api/chat", content=body, headers={"Content-Type": "application/json"})

    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    problem = response.json()
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]


@pytest.mark.parametrize(
    "text", ["", "\x00", "cha\u0300o", "🙂", "\u202eabc", "/", "/restart", '/intent{"a":"b"}', "<b>x</b>", "' OR 1=1 --"]
)
async def test_odd_texts_are_answered_kindly(client, text):
    response = await client.post("/api/chat", json={"sender": "s", "text": text})

    assert response.status_code == 200
    assert response.json()["replies"]


async def test_a_sender_may_send_thirty_a_minute(client):
    statuses = [(await client.post("/api/chat", json={"sender": "s1", "text": "menu"})).status_code for _ in range(31)]
    refused = await client.post("/api/chat", json={"sender": "s1", "text": "menu"})
    other = await client.post("/api/chat", json={"sender": "s2", "text": "menu"})

    assert statuses == [200] * 30 + [429]
    assert refused.headers["retry-after"] == "60"
    assert "chờ" in refused.json()["detail"]
    assert other.status_code == 200


@pytest.mark.parametrize(
    "body",
    [
        {"choice": "emergency"},
        {"text": "tôi vừa bị lừa"},
        {"text": "mất hết tiền rồi"},
        {"text": "/khancap"},
        {"text": "/Khẩncấp"},
        {"text": "cứu tôi với"},
        {"text": "tôi muốn chết cho xong"},
    ],
)
async def test_a_cry_for_help_is_never_too_many(client, body):
    for _ in range(31):
        await client.post("/api/chat", json={"sender": "s1", "text": "menu"})

    refused = await client.post("/api/chat", json={"sender": "s1", "text": "menu"})
    cry = await client.post("/api/chat", json={"sender": "s1"} | body)

    assert (refused.status_code, cry.status_code) == (429, 200)
    assert cry.json()["outcome"] in ("emergency", "crisis")


async def test_the_address_limit_holds_for_all(service, tmp_path):
    import httpx

    app = build_app(service, Settings(data_dir=tmp_path, address_requests_per_minute=5))
    transport = httpx.ASGITransport(app, client=("203.0.113.9", 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        statuses = [(await client.post("/api/chat", json={"sender": "s1", "choice": "emergency"})).status_code for _ in range(6)]

    assert statuses == [200] * 5 + [429]


async def test_the_greeting_tells_by_which_address_own_pages_are_named(client):
    body = (await client.get("/api/welcome")).json()

    assert body["public_url"] == "http://127.0.0.1"
    assert body["replies"]


@pytest.mark.parametrize(("address", "last_status"), [("203.0.113.9", 429), ("127.0.0.1", 200), ("::1", 200)])
async def test_an_address_has_its_limit_but_this_machine(service, tmp_path, address, last_status):
    import httpx

    app = build_app(service, Settings(data_dir=tmp_path, address_requests_per_minute=5))
    transport = httpx.ASGITransport(app, client=(address, 1234))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        statuses = [(await client.post("/api/chat", json={"sender": f"s{i}", "text": "menu"})).status_code for i in range(6)]

    assert statuses == [200] * 5 + [last_status]


async def test_unknown_pages_and_methods_are_problems_too(client):
    assert (await client.get("/api/nothing")).json()["status"] == 404
    assert (await client.get("/api/chat")).json()["status"] == 405


async def test_readiness_follows_the_model_server(client, nlu):
    ready = await client.get("/healthz/ready")
    nlu.broken = True
    broken = await client.get("/healthz/ready")
    nlu.broken = False
    again = await client.get("/healthz/ready")

    assert (ready.status_code, broken.status_code, again.status_code) == (200, 503, 200)
    assert broken.json()["checks"] == {"database": True, "nlu": False}
    assert (await client.get("/healthz/live")).status_code == 200


async def test_metrics_count_outcomes(client):
    await client.post("/api/chat", json=QUESTION)

    assert 'banso_turns_total{channel="web",outcome="answered"} 1.0' in (await client.get("/metrics")).text


async def test_explains_to_this_machine_only(client, service, settings):
    import httpx

    explained = (await client.post("/api/explain", json={"text": "công an gọi"})).json()
    far = httpx.ASGITransport(build_app(service, settings), client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=far, base_url="http://test") as stranger:
        refused = await stranger.post("/api/explain", json={"text": "công an gọi"})

    assert explained["decision"] == "answer"
    assert explained["ranking"][0] == {"name": "cong-an-goi-dien", "confidence": 0.93}
    assert refused.status_code == 404


async def test_questions_not_understood_are_kept_masked(client, nlu, service):
    nlu.decision = "unknown"

    await client.post("/api/chat", json={"sender": "s1", "text": "số 0912345678 nhắn tôi đơn 48291377 là sao"})

    async with service.repository.reading() as store:
        (kept,) = await store.unanswered.waiting()
    assert "0912345678" not in kept.masked_text
    assert "48291377" not in kept.masked_text
    assert kept.best_intent == "cong-an-goi-dien"


async def test_nothing_a_citizen_wrote_is_logged(client, nlu, capfd, settings):
    from bot.logs import configure_logs

    configure_logs("DEBUG")
    for decision in ("answer", "suggest", "unknown"):
        nlu.decision = decision
        await client.post("/api/chat", json={"sender": "dauvetnguoigui", "text": "dấu vết riêng tư 0912345678"})
    await client.post("/api/chat", content=b'{"sender": "dauvetnguoigui", "text": "rieng tu" x}')
    nlu.broken = True
    await client.post("/api/chat", json={"sender": "dauvetnguoigui", "text": "dấu vết riêng tư"})

    out, err = capfd.readouterr()
    assert '"outcome": "answered"' in out + err
    for trace in ("dấu vết", "dau vet", "rieng tu", "0912345678", "dauvetnguoigui"):
        assert trace not in out + err


async def test_the_page_and_its_files_are_small_and_strict(client):
    total = 0
    for path in ("/", "/chat.js", "/chat.css", "/page.css", "/icon.svg"):
        response = await client.get(path)
        assert response.status_code == 200
        assert "default-src 'none'" in response.headers["content-security-policy"]
        assert response.headers["x-content-type-options"] == "nosniff"
        total += len(response.content)
    page = (await client.get("/")).text

    assert total < 100_000
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page
    assert "trợ lý tự động" in page.lower()
