# Bạn Số: `make run` để chạy, `make test` để kiểm thử, `make help` để xem các lệnh.
.DEFAULT_GOAL := help
.PHONY: help run chat demo-channels install test test-fast lint format train crossval bench bench-quick bench-progress bench-dashboard bench-delivery chaos soak lock clean
SHELL := /bin/sh

UV_VERSION := 0.13.9
UV = $(shell command -v uv 2>/dev/null || echo .uv/bin/uv)
PYTHON := .venv/bin/python
NLU_PYTHON := .venv-nlu/bin/python
INSTALLED := .venv/.installed
NLU_INSTALLED := .venv-nlu/.installed
DEV_INSTALLED := .venv/.installed-dev
export UV_NO_PROGRESS = 1
export UV_LINK_MODE ?= hardlink

help: ## Liệt kê các lệnh
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

run: install ## Cài những gì thiếu, rồi chạy Bạn Số (Ctrl-C để dừng)
	@exec ./banso run

chat: install ## Trò chuyện trong cửa sổ dòng lệnh (cần make run ở cửa sổ khác)
	@exec ./banso chat

demo-channels: $(DEV_INSTALLED) $(NLU_INSTALLED) ## Thử Telegram, Zalo OA, Zalo Bot trên một trang, với máy chủ giả của chúng
	@exec $(PYTHON) -m tests.fakes.demo

install: $(INSTALLED) $(NLU_INSTALLED) ## Cài cả hai môi trường từ các tệp khoá

.uv/bin/uv:
	@command -v uv >/dev/null 2>&1 || sh scripts/install_uv.sh $(UV_VERSION)

$(INSTALLED): requirements/service.txt | .uv/bin/uv
	@echo "Cài môi trường dịch vụ (Python 3.12)…"
	@$(UV) venv -q --clear --python 3.12 .venv
	@$(UV) pip install -q --python $(PYTHON) --require-hashes -r requirements/service.txt
	@touch $@

$(NLU_INSTALLED): requirements/nlu.txt | .uv/bin/uv
	@echo "Cài môi trường hiểu câu hỏi (Rasa, Python 3.10; tải chừng 700 MB)…"
	@$(UV) venv -q --clear --python 3.10 .venv-nlu
	@$(UV) pip install -q --python $(NLU_PYTHON) --require-hashes -r requirements/nlu.txt
	@touch $@

$(DEV_INSTALLED): requirements/dev.txt $(INSTALLED)
	@echo "Cài công cụ kiểm thử…"
	@$(UV) pip install -q --python $(PYTHON) --require-hashes -r requirements/dev.txt
	@touch $@

lint: $(DEV_INSTALLED) ## Kiểm tra mã, kiểu và nội dung
	@.venv/bin/ruff check .
	@.venv/bin/ruff format --check .
	@.venv/bin/mypy
	@./banso content lint

test: $(DEV_INSTALLED) $(NLU_INSTALLED) lint ## Chạy mọi kiểm thử, cả mô hình thật và trình duyệt thật
	@sh scripts/find_chromium.sh >/dev/null
	@./banso train
	@$(NLU_PYTHON) -m pytest -p no:cacheprovider tests_nlu
	@$(PYTHON) -m pytest tests -m "not nlu and not browser" -n auto
	@BANSO_TEST_CHROMIUM="$$(sh scripts/find_chromium.sh)" $(PYTHON) -m pytest tests -m "nlu or browser" -n 2 --dist loadfile

test-fast: $(DEV_INSTALLED) ## Chạy các kiểm thử nhanh (không Rasa, không trình duyệt)
	@$(PYTHON) -m pytest tests -m "not nlu and not browser and not postgres" -n auto

format: $(DEV_INSTALLED) ## Định dạng lại mã
	@.venv/bin/ruff check --fix -q . || true
	@.venv/bin/ruff format .

train: install ## Huấn luyện mô hình nếu dữ liệu đã đổi
	@./banso train

crossval: install ## Đo mô hình bằng rasa test nlu --cross-validation; báo cáo ở results/
	@sh scripts/crossval.sh

bench: install ## So với Rasa mặc định trong một lần chạy (chừng 20 phút); kết quả ở docs/understanding/
	@$(PYTHON) -m bench compare
	@$(PYTHON) -m bench quality
	@$(PYTHON) -m bench growth

bench-quick: install ## Như bench, ít dữ liệu (vài phút); kết quả ở var/bench/
	@$(PYTHON) -m bench compare --quick --out var/bench

bench-progress: $(DEV_INSTALLED) ## Một lượt trả lời khi có 1.000.000 người học, 20.000.000 câu trả lời (PostgreSQL; chừng 15 phút)
	@$(PYTHON) -m bench progress

bench-dashboard: $(DEV_INSTALLED) ## Mỗi số liệu thống kê trên 1.000.000 người học, 20.000.000 câu trả lời (PostgreSQL; hơn một giờ)
	@BANSO_TEST_CHROMIUM="$$(sh scripts/find_chromium.sh)" $(PYTHON) -m bench dashboard

bench-delivery: $(DEV_INSTALLED) $(NLU_INSTALLED) ## Cả đường đi của tin nhắn, so với Rasa mặc định trong một lần chạy (chừng 12 phút)
	@$(PYTHON) -m bench delivery

chaos: $(DEV_INSTALLED) $(NLU_INSTALLED) ## Giết dịch vụ, NLU, PostgreSQL giữa 5.000 tin; in số tin mất, lặp (chừng 8 phút)
	@$(PYTHON) -m bench chaos

soak: $(DEV_INSTALLED) $(NLU_INSTALLED) ## Chạy tải đều 20 phút, theo dõi bộ nhớ và kết nối
	@$(PYTHON) -m bench chaos --minutes 20 --kills 0

lock: | .uv/bin/uv ## Viết lại các tệp khoá từ pyproject.toml
	@$(UV) pip compile -q --upgrade --universal --generate-hashes --no-header --python-version 3.12 --extra service pyproject.toml -o requirements/service.txt
	@$(UV) pip compile -q --upgrade --universal --generate-hashes --no-header --python-version 3.12 --extra service --extra dev -c requirements/service.txt pyproject.toml -o requirements/dev.txt
	@$(UV) pip compile -q --upgrade --universal --generate-hashes --no-header --python-version 3.10 --extra nlu --extra nlu-dev pyproject.toml -o requirements/nlu.txt

clean: ## Xoá hai môi trường, mô hình và cơ sở dữ liệu
	rm -rf .venv .venv-nlu .uv var results
