"""Examples of different answers that are nearly the same are found, in a process of their own."""

import asyncio

from actions.curriculum.adding import add_examples
from bot.confused_examples import confused, find_confused

PATHS = {slug: f"training_data/answers/scam-qr/{slug}.yml" for slug in ("quen", "giu", "khac")}
LEXICON = "training_data/lexicon.yml"


def tree(lexicon="teencode:\n  không: [ko, k]\n  mật khẩu: [mk]\n", **examples):
    files = {PATHS[slug]: add_examples(None, slug, texts, {}).text for slug, texts in examples.items()}
    return files | {LEXICON: lexicon, "training_data/held_out.tsv": "question\ttopic\tstyle\n", "content/topics.yml": "{}"}


FILES = tree(
    quen=["quên mật khẩu facebook rồi làm sao", "tôi quên mk zalo"],
    giu=["quen mk facebook roi lam sao a", "giữ hộ tôi mật khẩu"],
    khac=["hôm nay trời mưa to quá", "máy đầy bộ nhớ xoá gì trước"],
)


def test_the_nearest_two_of_different_answers_are_found_whatever_the_way_of_typing():
    (pair,) = confused(FILES)

    assert (pair["one"], pair["other"], pair["count"]) == ("giu", "quen", 1)
    assert pair["examples"] == [["quen mk facebook roi lam sao a", "quên mật khẩu facebook rồi làm sao", pair["likeness"]]]
    assert 0.75 <= pair["likeness"] <= 1


def test_examples_of_one_answer_are_never_confused():
    assert confused(tree(quen=["quên mật khẩu facebook", "quên mật khẩu facebook ạ", "quên mật khẩu facebook nhé"])) == []


def test_a_broken_lexicon_or_file_does_not_stop_it():
    plain = tree(quen=["quên mật khẩu facebook rồi làm sao"], giu=["quen mat khau facebook roi lam sao a"])
    broken = plain | {LEXICON: "a: [", PATHS["khac"]: "nlu: ["}

    assert [(pair["one"], pair["other"]) for pair in confused(broken)] == [("giu", "quen")]


async def test_the_other_process_finds_the_same_and_nobody_waits_for_it():
    ticks = 0

    async def tick():
        nonlocal ticks
        while True:
            await asyncio.sleep(0.01)
            ticks += 1

    ticking = asyncio.create_task(tick())
    found = await find_confused(FILES)
    ticking.cancel()

    assert found == confused(FILES)
    assert ticks > 3
