"""Rate budgets: so many a second over all and to one chat, and the pauses a vendor asks for."""

import asyncio
import heapq
import itertools

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.delivery import budgets
from bot.delivery.budgets import Budget


class Clock:
    """Time that passes only when everybody sleeps, and then at once."""

    def __init__(self):
        self.now = 1000.0
        self._sleep = asyncio.sleep
        self._sleepers = []

    def __call__(self):
        return self.now

    async def sleep(self, seconds):
        woken = asyncio.get_running_loop().create_future()
        heapq.heappush(self._sleepers, (self.now + seconds, len(self._sleepers), id(woken), woken))
        await woken

    async def run(self, *coroutines):
        """Run coroutines side by side until all are done; return their results."""
        together = asyncio.gather(*coroutines)
        while not together.done():
            for _ in range(5):
                await self._sleep(0)
            if self._sleepers and not together.done():
                self.now, *_, woken = heapq.heappop(self._sleepers)
                woken.set_result(None)
        return await together


@pytest.fixture
def clock(monkeypatch):
    made = Clock()
    monkeypatch.setattr(budgets.asyncio, "sleep", made.sleep)
    return made


async def times(budget, clock, chats):
    """Return when messages to chats go that are all asked for at once, in seconds from then on."""
    began = clock.now

    async def send(chat):
        assert await budget.wait(chat, 1000) == 0
        return round(clock.now - began, 6)

    return await clock.run(*(send(chat) for chat in chats))


def most_in_a_second(moments):
    return max(sum(start <= moment < start + 1 - 1e-6 for moment in moments) for start in moments)


async def test_without_limits_nobody_waits(clock):
    budget = Budget(None, None, clock=clock)

    assert await times(budget, clock, ["a"] * 100) == [0.0] * 100


async def test_over_all_no_more_than_the_rate_goes_in_any_second(clock):
    budget = Budget(30, None, clock=clock)

    moments = await times(budget, clock, [f"chat-{n}" for n in range(100)])

    assert moments[0] == 0.0
    assert most_in_a_second(moments) == 30
    assert moments[-1] == pytest.approx(99 / 30)


async def test_to_one_chat_a_few_go_at_once_and_then_one_a_second(clock):
    budget = Budget(None, 1, clock=clock)

    assert await times(budget, clock, ["a"] * 6) == [0, 0, 0, 1, 2, 3]
    assert await times(budget, clock, ["b"]) == [0]


async def test_rest_gives_the_chat_its_first_few_again_but_not_more(clock):
    budget = Budget(None, 1, clock=clock)
    await times(budget, clock, ["a"] * 6)

    clock.now += 100

    assert await times(budget, clock, ["a"] * 5) == [0, 0, 0, 1, 2]


@settings(max_examples=50, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(asked=st.lists(st.tuples(st.floats(0, 0.5), st.integers(0, 5)), min_size=1, max_size=80))
def test_whenever_messages_are_asked_for_the_rates_hold(monkeypatch, asked):
    clock = Clock()
    monkeypatch.setattr(budgets.asyncio, "sleep", clock.sleep)
    budget = Budget(10, 1, chat_burst=1, clock=clock)
    moments, of_chat = [], {}

    async def send(after, chat):
        await clock.sleep(after)
        await budget.wait(f"{chat}", 1000)
        moments.append(clock.now)
        of_chat.setdefault(chat, []).append(clock.now)

    after = list(itertools.accumulate(pause for pause, _ in asked))
    try:
        asyncio.run(clock.run(*(send(seconds, chat) for seconds, (_, chat) in zip(after, asked, strict=True))))
    finally:
        monkeypatch.undo()

    assert len(moments) == len(asked)
    assert most_in_a_second(moments) <= 10
    assert all(most_in_a_second(of_one) <= 2 for of_one in of_chat.values())  # The account may hold one up, to the next.


async def test_a_pause_of_one_chat_holds_for_it_alone(clock):
    budget = Budget(30, 1, clock=clock)

    budget.pause("a", 20)

    assert await times(budget, clock, ["a", "b"]) == [20, 0]


async def test_a_second_chat_told_so_during_the_pause_pauses_the_account(clock):
    budget = Budget(30, 1, clock=clock)

    budget.pause("a", 20)
    budget.pause("b", 7)

    assert await times(budget, clock, ["c", "a"]) == [7, 20]


async def test_the_same_chat_told_so_twice_pauses_nobody_else(clock):
    budget = Budget(30, 1, clock=clock)

    budget.pause("a", 20)
    budget.pause("a", 30)

    assert await times(budget, clock, ["b"]) == [0]


async def test_a_second_chat_told_so_after_the_pause_pauses_itself_alone(clock):
    budget = Budget(30, 1, clock=clock)
    budget.pause("a", 20)

    clock.now += 20
    budget.pause("b", 7)

    assert await times(budget, clock, ["c"]) == [0]


async def test_where_chats_have_no_rate_a_pause_is_the_account_s(clock):
    budget = Budget(30, None, clock=clock)

    budget.pause("a", 20)

    assert await times(budget, clock, ["b"]) == [20]


async def test_a_shorter_pause_does_not_end_a_longer_one(clock):
    budget = Budget(30, None, clock=clock)

    budget.pause("a", 20)
    budget.pause("b", 5)

    assert await times(budget, clock, ["c"]) == [20]


async def test_after_a_pause_the_rate_holds_as_well(clock):
    budget = Budget(30, None, clock=clock)
    budget.pause("a", 10)

    moments = await times(budget, clock, [f"chat-{n}" for n in range(60)])

    assert moments[0] == 10
    assert most_in_a_second(moments) == 30


async def test_a_pause_that_comes_while_somebody_waits_holds_for_them(clock):
    budget = Budget(None, 1, chat_burst=1, clock=clock)

    async def refused():
        await clock.sleep(0.5)
        budget.pause("a", 9)

    _, *moments = await clock.run(refused(), *(times_of(budget, clock) for _ in range(3)))

    assert sorted(moments) == [1000, 1009.5, 1010.5]


async def times_of(budget, clock):
    await budget.wait("a", 1000)
    return clock.now


async def test_who_would_wait_too_long_is_told_how_long_and_takes_nothing(clock):
    budget = Budget(30, 1, clock=clock)
    budget.pause("a", 300)

    assert await budget.wait("a", 60) == 300
    assert await budget.wait("b", 60) == 0
    assert clock.now == 1000


async def test_who_would_be_too_far_behind_others_is_told_so_too(clock):
    budget = Budget(1, None, clock=clock)

    answers = await clock.run(*(budget.wait(f"{n}", 2) for n in range(5)))

    assert answers == [0, 0, 0, 3, 3]


async def test_a_long_pause_that_comes_while_somebody_waits_sends_them_away(clock):
    budget = Budget(None, 1, chat_burst=1, clock=clock)

    async def refused():
        await clock.sleep(0.5)
        budget.pause("a", 300)

    _, first, second = await clock.run(refused(), budget.wait("a", 60), budget.wait("a", 60))

    assert (first, second) == (0, 299.5)


async def test_chats_that_rest_are_forgotten_and_those_that_are_paused_are_not(clock, monkeypatch):
    monkeypatch.setattr(budgets, "CHATS_REMEMBERED", 100)
    budget = Budget(None, 1, clock=clock)
    budget.pause("paused", 1000)

    for n in range(500):
        await budget.wait(f"chat-{n}", 0)
        clock.now += 0.5

    assert len(budget._chats) <= 101
    assert await budget.wait("paused", 0) == pytest.approx(750)
