#!/bin/sh
# Install uv into .uv/ with whatever Python's own tools this machine has. Usage: install_uv.sh VERSION
set -eu
version=$1
echo "Cài uv $version vào .uv/…"
if python3 -m venv .uv >/dev/null 2>&1 && .uv/bin/python -m pip install -q "uv==$version"; then
    exit 0
fi
rm -rf .uv
if python3 -m pip install -q --target .uv/lib "uv==$version" 2>/dev/null; then
    mkdir -p .uv/bin
    ln -s ../lib/bin/uv .uv/bin/uv
    exit 0
fi
# Debian's python3 comes without venv and pip.
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    apt-get update -qq && apt-get install -y -qq python3-venv >/dev/null
    python3 -m venv .uv && .uv/bin/python -m pip install -q "uv==$version"
    exit 0
fi
echo "Lỗi: python3 của máy thiếu venv và pip. Hãy chạy: sudo apt install python3-venv, rồi chạy lại lệnh vừa rồi." >&2
exit 1
