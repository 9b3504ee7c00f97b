"""Every route of the console as every role and logged out; forms from elsewhere; what pages may run."""

import re
from html.parser import HTMLParser

import pytest
from fastapi.routing import APIRoute

from actions.learners.staff import PERMISSIONS, ROLES
from bot.web.page import CONSOLE_HEADERS
from tests.bot.console.conftest import PASSWORD, text_of
from tests.bot.console.who_may import OPEN, WHO_MAY

ENDS_THE_SESSION = ("POST /quantri/ra", "POST /quantri/tai-khoan-cua-toi/ra-het")
SCRIPT = "\"'><script>alert(1)</script>"
POLICY = CONSOLE_HEADERS[b"content-security-policy"].decode()


def routes_of(app):
    """All routes of the console, as "METHOD path"."""
    found = {}

    def walk(routes):
        for route in routes:
            if isinstance(route, APIRoute):
                found.update({f"{method} {route.path}": route for method in route.methods if route.path.startswith("/quantri")})
            elif hasattr(route, "original_router"):
                walk(route.original_router.routes)

    walk(app.routes)
    return found


def address_of(name, slug="khong-co"):
    """An address that matches a route, of something that is not there unless named."""
    kinds = {"kind": "answer", "slug": slug, "name:path": "console.css"}
    return re.sub(r"\{([^}]+)\}", lambda match: kinds.get(match[1], "khong-co"), name.split(" ")[1])


class Page(HTMLParser):
    """Finds what a strict policy would stop, and what a form of ours must have."""

    def __init__(self, text):
        super().__init__()
        self.inline, self.forms, self.fields, self.labels, self.headings = [], [], [], set(), []
        self._form = None
        self.language = self.title = ""
        self._is_in_title = False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        if (tag == "script" and not given.get("src")) or tag == "style":
            self.inline.append(tag)
        self.inline += [f"{tag} {name}" for name, _ in attributes if name == "style" or name.startswith(("on", "hx-on"))]
        self.inline += [value for value in given.values() if (value or "").strip().lower().startswith("javascript:")]
        self._is_in_title = tag == "title"
        match tag:
            case "html":
                self.language = given.get("lang", "")
            case "form":
                self._form = {"method": given.get("method", "get").lower(), "names": set()}
                self.forms.append(self._form)
            case "label":
                self.labels.add(given.get("for"))
            case "h1":
                self.headings.append(tag)
            case "input" | "select" | "textarea":
                if self._form is not None:
                    self._form["names"].add(given.get("name"))
                if given.get("type") not in ("hidden", "submit", "checkbox", "radio") and "aria-label" not in given:
                    self.fields.append(given.get("id"))

    def handle_endtag(self, tag):
        if tag == "form":
            self._form = None

    def handle_data(self, text):
        if self._is_in_title:
            self.title += text


def test_each_route_says_who_may_use_it(console):
    routes = set(routes_of(console.app))

    assert routes - set(WHO_MAY) == set(), "tests/bot/console/who_may.py must say who may use them"
    assert set(WHO_MAY) - routes == set()
    assert set(WHO_MAY.values()) <= {OPEN, *PERMISSIONS}


@pytest.mark.parametrize("role", [*ROLES, "nobody"])
async def test_each_route_lets_in_who_may_and_nobody_else(console, role):
    if role != "admin":
        await console.as_role("admin", "another-admin")
    browser = console.browser() if role == "nobody" else await console.as_role(role)
    wrong = {}

    for name in sorted(WHO_MAY):
        method = name.split(" ")[0]
        response = await (browser.get if method == "GET" else browser.post)(address_of(name))
        to_login = response.status_code == 303 and response.headers["location"].startswith("/quantri/vao?den=")
        if WHO_MAY[name] == OPEN:
            is_right = not to_login
        elif role == "nobody":
            is_right = to_login
        elif WHO_MAY[name] in ROLES[role]:
            is_right = response.status_code not in (401, 403, 500) and not to_login
        else:
            is_right = response.status_code == 403 and "không có quyền" in text_of(response)
        if not is_right:
            wrong[name] = response.status_code
        if name in ENDS_THE_SESSION and role != "nobody":
            browser = await console.as_role(role)

    assert wrong == {}


async def test_no_form_works_without_the_token_of_its_own_session(console):
    browser, other = await console.as_role("admin"), await console.as_role("admin", "other")
    wrong = {}

    for name in sorted(name for name in WHO_MAY if name.startswith("POST") and name != "POST /quantri/moi/{token}"):
        for kind, token in (("none", ""), ("made up", "0" * 64), ("of another session", other.csrf)):
            response = await browser.post(address_of(name), csrf=token)
            if response.status_code != 403:
                wrong[name, kind] = response.status_code

    assert wrong == {}
    assert (await browser.get("/quantri")).status_code == 200


@pytest.mark.parametrize(
    ("headers", "is_taken"),
    [
        pytest.param({}, True, id="an old browser"),
        pytest.param({"Origin": "http://127.0.0.1:8000", "Sec-Fetch-Site": "same-origin"}, True, id="our page"),
        pytest.param({"Origin": "https://evil.example"}, False, id="another site"),
        pytest.param({"Origin": "null"}, False, id="a site that hides itself"),
        pytest.param({"Sec-Fetch-Site": "cross-site"}, False, id="the browser says so"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, False, id="a neighbour's page"),
    ],
)
async def test_forms_of_other_sites_are_refused_even_with_a_token(console, headers, is_taken):
    browser = await console.as_role("trainer")

    response = await browser.post("/quantri/tai-khoan-cua-toi/thu", headers=headers)

    assert (response.status_code == 200) == is_taken


async def test_the_login_form_cannot_be_sent_from_elsewhere(console):
    await console.add("lan", "trainer")
    browser = console.browser()

    response = await browser.post("/quantri/vao", {"login": "lan", "password": PASSWORD}, csrf="")

    assert response.status_code == 403
    assert "banso_session" not in browser.http.cookies


async def test_the_token_may_come_in_a_header_as_htmx_sends_it(console):
    browser = await console.as_role("trainer")

    response = await browser.post("/quantri/tai-khoan-cua-toi/thu", csrf="", headers={"X-CSRF-Token": browser.csrf})

    assert response.status_code == 200


async def test_htmx_is_led_to_the_login_page_and_back_to_the_whole_page(console):
    response = await console.browser().get(
        "/quantri/van-hanh", headers={"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1:8000/quantri/nhat-ky?viec=login.in"}
    )

    assert response.status_code == 401
    assert response.headers["hx-redirect"] == "/quantri/vao?den=/quantri/nhat-ky%3Fviec%3Dlogin.in"


def is_html(response):
    return response.headers.get("content-type", "").startswith("text/html")


def is_page(response):
    """Whether it is a whole page, not a part that htmx puts into one."""
    return is_html(response) and response.text.lstrip().lower().startswith("<!doctype")


async def pages(console):
    """Every page that an admin can open, and two for people outside."""
    browser = await console.as_role("admin")
    for name in sorted(WHO_MAY):
        if name.startswith("GET") and "tinh" not in name:
            yield name, await browser.get(address_of(name, "otp-la-gi"))
    yield "login", await console.browser().get("/quantri/vao")
    async with console.repository.transaction() as store:
        token = await store.staff.make_link((await store.staff.account_by_login("admin")).id, (await store.staff.accounts())[0].created_at)
    yield "link", await console.browser().get(f"/quantri/moi/{token}")


async def test_every_answer_has_the_strict_headers(console):
    async for name, response in pages(console):
        assert response.headers.get_list("content-security-policy") == [POLICY], name
        assert response.headers["cache-control"] == "no-store", name
        assert response.headers["referrer-policy"] == "same-origin", name
        assert response.headers["x-content-type-options"] == "nosniff", name
    assert "unsafe" not in POLICY
    assert "script-src 'self';" in POLICY
    assert "frame-ancestors 'none'" in POLICY


async def test_no_page_has_anything_that_the_policy_would_stop_or_a_form_without_a_token(console):
    titles = {}

    async for name, response in pages(console):
        if not is_page(response):
            continue
        page = Page(response.text)
        assert page.inline == [], name
        assert page.language == "vi", name
        assert len(page.headings) == 1, name
        assert [form for form in page.forms if form["method"] == "post" and "csrf" not in form["names"]] == [], name
        assert [field for field in page.fields if field not in page.labels] == [], name
        if response.status_code == 200:
            titles.setdefault(page.title, set()).add(name.removeprefix("GET "))

    assert {title: names for title, names in titles.items() if len(names) > 1} == {}


async def test_nothing_in_an_address_becomes_markup(console):
    browser = await console.as_role("admin")
    routes = routes_of(console.app)

    for name in (name for name in WHO_MAY if name.startswith("GET") and "tinh" not in name):
        asked = {query.name: SCRIPT for query in routes[name].dependant.query_params} | {"x": SCRIPT}
        for response in (
            await browser.get(address_of(name), params=asked),
            await browser.get(address_of(name).replace("khong-co", "%3Cscript%3Ealert(1)%3C%2Fscript%3E")),
        ):
            assert not is_html(response) or "<script>alert" not in response.text, name
            assert response.status_code != 500, name


async def test_nothing_that_staff_typed_becomes_markup(console):
    admin = await console.as_role("admin")
    name = f"{SCRIPT}{{{{ 71993 * 3 }}}}"
    await admin.post("/quantri/nguoi-dung", {"login": "evil", "name": name, "role": "viewer"})
    await admin.post("/quantri/nguoi-dung", {"login": SCRIPT, "name": name, "role": SCRIPT})
    await admin.done("/quantri/van-hanh/ngung", {"notice": name, "reason": name})
    await console.browser().enter(SCRIPT, SCRIPT)

    async for page, response in pages(console):
        assert not is_html(response) or "<script>alert" not in response.text, page
        assert "215979" not in text_of(response), page
    assert "&lt;script&gt;" in (await admin.get("/quantri/nguoi-dung")).text
    assert "{{ 71993 * 3 }}" in text_of(await admin.get("/quantri/van-hanh"))


async def test_a_message_that_is_shown_once_is_no_markup_and_none_of_others_making(console):
    browser = await console.as_role("trainer")
    browser.http.cookies.set("banso_tin", "%3Cscript%3Ealert(1)%3C/script%3E", domain="127.0.0.1", path="/quantri")

    response = await browser.get("/quantri")

    assert "alert(1)" not in response.text


@pytest.mark.parametrize(
    "path",
    [
        pytest.param("/quantri/tinh/x/..%2fconsole.py", id="up"),
        pytest.param("/quantri/tinh/x/vendor/..%2f..%2fconsole.py", id="further up"),
        pytest.param("/quantri/tinh/x//etc/passwd", id="absolute"),
        pytest.param("/quantri/tinh/x/vendor", id="a folder"),
        pytest.param("/quantri/tinh/x/khong-co.css", id="nothing"),
    ],
)
async def test_only_files_of_the_static_folder_are_given_out(console, path):
    response = await console.browser().get(path)

    assert response.status_code == 404


async def test_static_files_stay_only_under_the_address_of_their_own_content(console):
    browser = console.browser()
    address = re.search(r'href="(/quantri/tinh/[0-9a-f]+/console\.css)"', (await browser.get("/quantri/vao")).text)[1]

    right, other = await browser.get(address), await browser.get("/quantri/tinh/0000000000/console.css")

    assert "immutable" in right.headers["cache-control"]
    assert other.headers["cache-control"] == "no-cache"
    assert right.text == other.text


async def test_a_page_that_fails_says_so_in_vietnamese_and_shows_no_trace(console, monkeypatch):
    browser = await console.as_role("trainer")

    async def broken():
        raise RuntimeError("secret detail")

    monkeypatch.setattr(console.service, "health", broken)
    response = await browser.get("/quantri")

    assert response.status_code == 500
    assert "có lỗi bên trong" in text_of(response)
    assert "secret detail" not in response.text
    assert response.headers["content-security-policy"] == POLICY


async def test_while_the_database_is_away_the_console_says_so(console, monkeypatch):
    browser = await console.as_role("trainer")

    def away():
        raise ConnectionRefusedError("5432")

    monkeypatch.setattr(console.repository, "reading", away)
    response = await browser.get("/quantri")

    assert response.status_code == 503
    assert "Cơ sở dữ liệu tạm không trả lời" in text_of(response)


async def test_the_rest_api_keeps_its_own_headers_and_errors(console):
    response = await console.browser().get("/khong-co")

    assert response.headers["content-type"] == "application/problem+json"
    assert "form-action 'none'" in response.headers["content-security-policy"]
    assert "cache-control" not in response.headers


async def test_cookies_are_for_https_alone_where_the_service_is_reached_by_it(service, settings, published):
    from tests.bot.console.conftest import Console

    console = Console(service, settings.model_copy(update={"public_url": "https://banso.example.vn"}))
    await console.add("lan", "trainer")

    response = await console.browser().enter("lan")
    await console.close()

    assert all("Secure" in cookie for cookie in response.headers.get_list("set-cookie") if "banso_session" in cookie)
    assert response.headers["strict-transport-security"].startswith("max-age=31536000")
