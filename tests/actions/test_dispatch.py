"""Every choice and command finds its action; what was made up leads to the menu."""

import pytest

from actions import dispatch
from actions.learners.tables import LearnerRow
from bot.nlu.syllable import fold
from tests.stored import rows

NEEDS = {  # what stands behind a verb in a value that exists
    "lesson": ":ma-otp", "step": ":ma-otp:1", "simple": ":ma-otp:1", "full": ":ma-otp:1", "stop": ":ma-otp:1", "quiz": ":ma-otp",
    "pillar": ":online-safety", "topic": ":scam-police", "wrong": ":otp-la-gi", "answer": ":otp-la-gi", "more": ":otp-la-gi",
    "module": ":giu-tai-khoan", "path": ":nguoi-cao-tuoi", "take": ":nguoi-cao-tuoi", "drill": ":dien-tap-cong-an",
    "guide": ":vua-bi-lua", "certificate": ":nguoi-cao-tuoi", "certify": ":nguoi-cao-tuoi", "held": ":paths", "large": ":on",
    "stop-drill": ":dien-tap-cong-an", "address": ":bac:settings", "remind-at": ":7", "switch": ":1", "got": ":photo",
    "stop-guide": ":vua-bi-lua:chuyen-tien", "certificate-name": ":nguoi-cao-tuoi",
}  # fmt: skip
DEPENDS = {  # tested where they belong
    "agree", "pick", "act", "ask-me", "class", "join", "ask-join", "android", "iphone", "back", "help", "person-agrees", "rename-class",
    "ask-close", "close-class",
}  # fmt: skip
LONG = "x" * 58


def test_commands_and_choices_are_named_once():
    assert len(dispatch.commands()) > 40
    assert set(dispatch._choices()) >= set(NEEDS) | DEPENDS


@pytest.mark.parametrize("command", sorted(dispatch.commands()))
def test_every_command_stands_for_a_choice_that_exists(command):
    verb = dispatch.command_value(command).split(":")[0]

    assert verb in dispatch._choices()
    assert command == command.lower()
    assert dispatch.command_value(fold(command)) == dispatch.command_value(command)


@pytest.mark.parametrize("is_learner", [True, False], ids=["a learner", "a guest"])
async def test_every_command_is_carried_out(talk, nlu, is_learner):
    if is_learner:
        await talk.agree("bac")

    for command in dispatch.commands():
        await talk.tap("settings")
        await talk.say(command)
        assert talk.last["replies"], command
        assert "không có trong các mục" not in talk.text, command
    assert nlu.texts == []


@pytest.mark.parametrize("is_learner", [True, False], ids=["a learner", "a guest"])
async def test_every_choice_is_carried_out(talk, is_learner):
    if is_learner:
        await talk.agree("bac")

    for verb in sorted(set(dispatch._choices()) - DEPENDS - {"erase-now", "erase-all", "switch"}):
        await talk.tap(f"{verb}{NEEDS.get(verb, '')}")
        needs_learner = not is_learner and verb in ("address", "remind-at", "certificate-name")
        assert ("không có trong các mục" in talk.text) is needs_learner, verb


@pytest.mark.parametrize("verb", sorted(set(dispatch._choices()) - {"agree"}))
async def test_a_made_up_value_harms_nobody(talk, service, verb):
    for value in (f"{verb}:", f"{verb}::::::", f"{verb}:x:y:z:0", f"{verb}:{LONG}"[:64], f"{verb}:²", f"{verb}:\x00", f"{verb}:-1:-1"):
        await talk.tap(value)
        assert talk.last["replies"], value
        assert all(len(c["value"].encode()) <= 64 for c in talk.choices), value
    assert len(await rows(service, LearnerRow)) == 0


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(f"learn:{LONG}", id="a lesson of a long name"),
        pytest.param(f"held:{LONG}", id="details of something long"),
        pytest.param(f"large:{LONG}", id="long letters"),
        pytest.param("learn:gone", id="a lesson that is not there"),
    ],
)
async def test_a_value_too_strange_to_be_passed_on_leads_to_the_menu(talk, service, value):
    await talk.tap(value)

    assert talk.last["outcome"] in ("menu", "account")
    assert await rows(service, LearnerRow) == []


@pytest.mark.parametrize("value", ["", ":", "::", "menu:", "menu:1", "MENU", " menu", "erase-now:1:2:3:4", "__class__", "choose"])
async def test_an_unknown_value_leads_to_the_menu(talk, value):
    await talk.tap(value)

    assert talk.last["outcome"] == "menu"
