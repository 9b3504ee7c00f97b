"""The dashboard as an admin's browser sees it: the real service over the generated data, in real Chromium."""

import os
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

import httpx
from playwright.sync_api import Browser, sync_playwright

from bench.progress import NO_NLU
from bench.stand import free_port
from bot.settings import ROOT
from bot.web.staff_browser import SESSION_COOKIE

PAGE = "/quantri/thong-ke"
BUDGET_MS = 1000
START_SECONDS = 120
VIEW = {"width": 1366, "height": 768}
PICTURE_HEIGHT = 1500  # pixels
PAINT = "performance.getEntriesByType('paint').find((one) => one.name === 'first-contentful-paint')?.startTime"
PARTS = """performance.getEntriesByType('resource').filter((one) => one.name.includes('/bieu-do/'))
  .map((one) => [one.name.split('/bieu-do/')[1].split('?')[0], one.responseEnd - one.startTime])"""


def measure_page(url: str, secret: str, session: str, rounds: int, picture: Path) -> dict[str, object]:
    """Open the dashboard a few times, each in a browser that knows nothing yet.

    Args:
        url: The database.
        secret: The key that its data was made with.
        session: The token of somebody who is logged in.
        rounds: How often.
        picture: Where a screenshot goes.

    Returns:
        Medians in milliseconds: to the first paint, until all is there, and of the requests for the parts.
    """
    with tempfile.TemporaryDirectory() as folder:
        port = free_port()
        address = f"http://127.0.0.1:{port}"
        given = {"BANSO_DATABASE_URL": url, "BANSO_SECRET_KEY": secret, "BANSO_NLU_URL": NO_NLU, "BANSO_DATA_DIR": folder}
        environment = os.environ | given | {"BANSO_PORT": str(port)}
        process = subprocess.Popen([ROOT / "banso", "run"], env=environment, stdout=subprocess.DEVNULL)
        try:
            _wait(address, process)
            with sync_playwright() as playwright:
                browser = playwright.chromium.launch(executable_path=os.environ.get("BANSO_TEST_CHROMIUM") or None, args=["--no-sandbox"])
                found = [_open(browser, address, session, picture) for _ in range(rounds)]
                browser.close()
        finally:
            process.terminate()
            process.wait(30)
    names = sorted(found[0][2])
    return {
        "rounds": rounds, "budget_ms": BUDGET_MS, "first_paint_ms": round(median(one[0] for one in found)),
        "all_there_ms": round(median(one[1] for one in found)),
        "requests_ms": {name: round(median(one[2][name] for one in found)) for name in names},
    }  # fmt: skip


def _open(browser: Browser, address: str, session: str, picture: Path) -> tuple[float, float, dict[str, float]]:
    context = browser.new_context(viewport=VIEW, locale="vi-VN")  # type: ignore[arg-type] # it wants its own type of dictionary
    context.add_cookies([{"name": SESSION_COOKIE, "value": session, "url": address}])
    page = context.new_page()
    started = time.perf_counter()
    page.goto(f"{address}{PAGE}", wait_until="commit")
    page.locator(".chart-part").first.wait_for()
    page.locator('[aria-busy="true"]').first.wait_for(state="detached", timeout=60_000)
    elapsed = 1000 * (time.perf_counter() - started)
    paint, parts = page.evaluate(PAINT), dict(page.evaluate(PARTS))
    page.wait_for_timeout(300)
    page.screenshot(path=picture, full_page=True, clip={"x": 0, "y": 0, "width": VIEW["width"], "height": PICTURE_HEIGHT})
    context.close()
    return paint, elapsed, parts


def _wait(address: str, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(f"{address}/healthz/live", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            pass
        time.sleep(0.5)
    raise RuntimeError(f"the service did not start within {START_SECONDS} s")
