#!/bin/sh
# Print the path of a Chromium for the browser tests; install one where there is none.
set -u
for name in chromium chromium-browser google-chrome; do
    if command -v "$name"; then exit 0; fi
done
bundled() {
    .venv/bin/python -c 'from playwright.sync_api import sync_playwright as p
with p() as running: print(running.chromium.executable_path)' 2>/dev/null
}
path=$(bundled)
if [ -n "$path" ] && [ -x "$path" ]; then echo "$path"; exit 0; fi
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    { apt-get update -qq && apt-get install -y -qq chromium; } >/dev/null 2>&1
    if command -v chromium; then exit 0; fi
fi
.venv/bin/python -m playwright install chromium >/dev/null 2>&1
path=$(bundled)
if [ -n "$path" ] && [ -x "$path" ]; then echo "$path"; exit 0; fi
echo "Lỗi: không có Chromium cho kiểm thử trình duyệt. Hãy cài: sudo apt install chromium" >&2
exit 1
