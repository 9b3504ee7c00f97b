"""Sharing: one-time codes, helpers in the family, classes."""

from datetime import timedelta

import pytest

from actions.learners.sharing import CLASS_CODE_CHARACTERS, CODE_ALPHABET, CODE_CHARACTERS, ClassResults, new_code
from tests.actions.learners.given import DAY, NOW, a_certificate, a_learner


@pytest.fixture
async def learner(repository):
    async with repository.transaction() as store:
        return await a_learner(store, "0901", name="Lan")


def test_codes_are_easy_to_read_out_and_differ():
    codes = {new_code() for _ in range(200)}

    assert len(codes) == 200
    assert {len(code) for code in codes} == {CODE_CHARACTERS}
    assert set("".join(codes)) <= set(CODE_ALPHABET)
    assert not set("01IOAEODWSFRXJZ") & set(CODE_ALPHABET)  # Telex makes marks of the latter
    assert len(CODE_ALPHABET) ** CODE_CHARACTERS > 10**10
    assert len(new_code(26)) == 26


async def test_a_code_is_good_once(repository, learner):
    async with repository.transaction() as store:
        code = await store.sharing.make_code("family", learner.id, NOW, DAY)

        assert await store.sharing.take_code("family", code, NOW) == learner.id
        assert await store.sharing.take_code("family", code, NOW) is None


@pytest.mark.parametrize(
    ("purpose", "after", "is_good"),
    [
        pytest.param("family", timedelta(hours=23, minutes=59), True, id="in time"),
        pytest.param("family", DAY, False, id="at the end"),
        pytest.param("family", timedelta(days=2), False, id="late"),
        pytest.param("export", timedelta(), False, id="for something else"),
    ],
)
async def test_a_code_is_good_for_its_purpose_and_time(repository, learner, purpose, after, is_good):
    async with repository.transaction() as store:
        code = await store.sharing.make_code("family", learner.id, NOW, DAY)

        read = await store.sharing.read_code(purpose, code, NOW + after)
        taken = await store.sharing.take_code(purpose, code, NOW + after)

    assert read == taken == (learner.id if is_good else None)


async def test_reading_a_code_does_not_use_it_up(repository, learner):
    async with repository.transaction() as store:
        code = await store.sharing.make_code("export", learner.id, NOW, DAY, 26)

        assert len(code) == 26
        assert await store.sharing.read_code("export", code, NOW) == learner.id
        assert await store.sharing.read_code("export", code, NOW) == learner.id


async def test_a_wrong_code_is_nobodys_and_leaves_the_right_one(repository, learner):
    async with repository.transaction() as store:
        code = await store.sharing.make_code("family", learner.id, NOW, DAY)

        assert await store.sharing.take_code("family", code[::-1] + "2", NOW) is None
        assert await store.sharing.take_code("family", code, NOW) == learner.id


async def test_a_newer_code_ends_the_older_one_of_its_purpose_only(repository, learner):
    async with repository.transaction() as store:
        other = await a_learner(store, "0902")
        export = await store.sharing.make_code("export", learner.id, NOW, DAY)
        others = await store.sharing.make_code("family", other.id, NOW, DAY)
        older = await store.sharing.make_code("family", learner.id, NOW, DAY)
        newer = await store.sharing.make_code("family", learner.id, NOW, DAY)

        assert await store.sharing.take_code("family", older, NOW) is None
        assert await store.sharing.take_code("family", newer, NOW) == learner.id
        assert await store.sharing.take_code("family", others, NOW) == other.id
        assert await store.sharing.take_code("export", export, NOW) == learner.id


async def test_a_helper_sees_those_who_let_them_in_the_order_they_did(repository, learner):
    async with repository.transaction() as store:
        helper = await a_learner(store, "0909")
        second = await a_learner(store, "0902")
        await store.people.change(second.id, address="bác")
        await store.sharing.link(helper.identity_id, second.id, NOW + DAY)
        await store.sharing.link(helper.identity_id, learner.id, NOW)
        await store.sharing.link(helper.identity_id, learner.id, NOW + 2 * DAY)

        assert await store.sharing.helped_by(helper.identity_id) == [(learner.id, "Lan", None), (second.id, None, "bác")]
        assert await store.sharing.helped_by(learner.identity_id) == []
        assert await store.sharing.helpers_of(learner.id) == 1


async def test_revoking_ends_all_views_and_the_waiting_code(repository, learner):
    async with repository.transaction() as store:
        other = await a_learner(store, "0902")
        helpers = [await a_learner(store, f"090{n}") for n in (7, 8)]
        for helper in helpers:
            await store.sharing.link(helper.identity_id, learner.id, NOW)
            await store.sharing.link(helper.identity_id, other.id, NOW)
        code = await store.sharing.make_code("family", learner.id, NOW, DAY)
        export = await store.sharing.make_code("export", learner.id, NOW, DAY)

        ended = await store.sharing.revoke(learner.id)

        assert ended == 2
        assert await store.sharing.helpers_of(learner.id) == 0
        assert await store.sharing.helpers_of(other.id) == 2
        assert await store.sharing.take_code("family", code, NOW) is None
        assert await store.sharing.take_code("export", export, NOW) == learner.id
        assert await store.sharing.revoke(learner.id) == 0


async def test_joining_a_class_twice_is_harmless(repository, learner):
    async with repository.transaction() as store:
        teacher = await a_learner(store, "0909")
        first = await store.sharing.open_class("Lớp thôn Đông", teacher.id, NOW)
        second = await store.sharing.open_class("Lớp tổ 5", teacher.id, NOW + DAY)

        assert await store.sharing.join(second, learner.id, NOW)
        assert await store.sharing.join(first, learner.id, NOW + DAY)
        assert not await store.sharing.join(first, learner.id, NOW + DAY)
        assert await store.sharing.classes_joined(learner.id) == ["Lớp tổ 5", "Lớp thôn Đông"]
        assert await store.sharing.classes_opened(teacher.id) == [(first, "Lớp thôn Đông"), (second, "Lớp tổ 5")]
        assert await store.sharing.classes_opened(learner.id) == []
        assert await store.sharing.class_name(first) == "Lớp thôn Đông"
        assert await store.sharing.class_name("KHONGCO2") is None


async def test_leaving_takes_a_learner_out_of_all_classes(repository, learner):
    async with repository.transaction() as store:
        other = await a_learner(store, "0902")
        codes = [await store.sharing.open_class(name, other.id, NOW) for name in ("A", "B")]
        for code in codes:
            await store.sharing.join(code, learner.id, NOW)
            await store.sharing.join(code, other.id, NOW)

        assert await store.sharing.leave(learner.id) == 2
        assert await store.sharing.classes_joined(learner.id) == []
        assert len(await store.sharing.classes_joined(other.id)) == 2


async def test_the_results_of_a_class_add_up(repository):
    """Three members: Lan passed two lessons, Hùng one of them, Mai none; a fourth learner is outside."""

    async def answer(store, who, sitting, question, is_right, kind="quiz"):
        values = {"kind": kind, "lesson": "ma-otp", "choice": 0, "content_version": "v1"}
        await store.learning.attempt(who.id, NOW, sitting=sitting, question=question, is_right=is_right, **values)

    async with repository.transaction() as store:
        lan, hung, mai, outside = [await a_learner(store, f"090{n}") for n in range(4)]
        code = await store.sharing.open_class("Lớp thôn Đông", lan.id, NOW)
        for member in (lan, hung, mai):
            await store.sharing.join(code, member.id, NOW)
        for who, lesson in ((lan, "ma-otp"), (lan, "goi-video"), (hung, "ma-otp"), (outside, "ma-otp")):
            await store.learning.passed(who.id, lesson, "v1", NOW)
        await store.learning.reach(mai.id, "ma-otp", 2, "v1", NOW)
        # In quizzes the members gave 4 right answers of 6: 67 %. Reviews, drills and outsiders do not count.
        for number, (who, is_right) in enumerate(((lan, True), (lan, True), (lan, True), (hung, True), (hung, False), (mai, False))):
            await answer(store, who, f"s{number}", "q1", is_right)
        await answer(store, mai, "r1", "q2", is_right=False, kind="review")
        await answer(store, mai, "d1", "q3", is_right=False, kind="drill")
        await answer(store, outside, "o1", "q1", is_right=False)

        results = await store.sharing.results(code, "Lớp thôn Đông")

    assert results == ClassResults(
        code, "Lớp thôn Đông", members=3, passed_any=2, by_lesson={"ma-otp": 2, "goi-video": 1}, right_percent=67, answered=3
    )


async def test_an_empty_class_has_no_percentage(repository, learner):
    async with repository.transaction() as store:
        code = await store.sharing.open_class("Lớp mới", learner.id, NOW)

        assert await store.sharing.results(code, "Lớp mới") == ClassResults(code, "Lớp mới", 0, 0, {}, None)


async def test_only_who_opened_a_class_renames_and_closes_it(repository, learner):
    async with repository.transaction() as store:
        teacher = await a_learner(store, "0909")
        code = await store.sharing.open_class("Lớp thôn Đông", teacher.id, NOW)
        other = await store.sharing.open_class("Lớp tổ 5", teacher.id, NOW + DAY)
        for one in (code, other):
            await store.sharing.join(one, learner.id, NOW)

        await store.sharing.rename_class(code, learner.id, "Lớp của tôi")
        kept = await store.sharing.class_name(code)
        await store.sharing.rename_class(code, teacher.id, "Lớp thôn Tây")

        assert (kept, await store.sharing.class_name(code)) == ("Lớp thôn Đông", "Lớp thôn Tây")
        assert not await store.sharing.close_class(code, learner.id)
        assert await store.sharing.close_class(code, teacher.id)
        assert await store.sharing.class_name(code) is None
        assert await store.sharing.classes_joined(learner.id) == ["Lớp tổ 5"]
        assert len(code) == CLASS_CODE_CHARACTERS


async def test_an_address_is_forgotten_only_where_nothing_needs_it(repository, learner):
    async with repository.transaction() as store:
        key = store.keys.sender_key("web", "con-gai")
        helper = await store.people.identity_id(key, "web", "con-gai", NOW)
        await store.sharing.link(helper, learner.id, NOW)
        await store.sharing.forget_unneeded([helper, learner.identity_id])
        while_helping = await store.people.identity_of(key)
        assert await store.sharing.helpers(learner.id) == [helper]

        await store.sharing.revoke(learner.id)
        await store.outbound.follow_up(helper, "vua-bi-lua", NOW)
        await store.sharing.forget_unneeded([helper])
        while_waiting = await store.people.identity_of(key)
        await store.outbound.cancel_follow_up(key)
        await store.sharing.forget_unneeded([helper, learner.identity_id])

        assert while_helping == while_waiting == helper
        assert await store.people.identity_of(key) is None
        assert await store.people.learner(store.keys.sender_key("web", "0901")) is not None


async def test_dropped_certificates_are_those_of_one_path_and_learner(repository, learner):
    async with repository.transaction() as store:
        other = await a_learner(store, "0902")
        for who, code in ((learner, "BCGHKMNPQTVB"), (other, "BCGHKMNPQTVC")):
            await store.learning.issue(who.id, a_certificate(code, "Lan"))

        await store.sharing.drop_certificates(learner.id, "mot-lo-trinh-khac")
        kept = await store.learning.certificates(learner.id)
        await store.sharing.drop_certificates(learner.id, "nguoi-cao-tuoi")

        assert len(kept) == 1
        assert await store.learning.certificates(learner.id) == []
        assert len(await store.learning.certificates(other.id)) == 1
