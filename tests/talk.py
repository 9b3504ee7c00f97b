"""One person who writes to the service: what tests say, tap and read."""

from dataclasses import dataclass, field

from bot.service import Service
from bot.turn import Message


@dataclass
class Talk:
    """A conversation of one sender with a service over its own database."""

    service: Service
    sender: str = "nguoi-hoc-1"
    channel: str = "web"
    last: dict = field(default_factory=dict)

    async def say(self, text, message_id=None):
        self.last = await self.service.handle(self.channel, self.sender, Message(text), message_id)
        return self.last

    async def tap(self, value, message_id=None):
        self.last = await self.service.handle(self.channel, self.sender, Message(choice=value), message_id)
        return self.last

    async def press(self, label):
        """Tap the open choice of this label, or whose label opens with it."""
        found = next((c for c in self.choices if c["label"] == label), None) or next(
            c for c in self.choices if c["label"].startswith(label)
        )
        return await self.tap(found["value"])

    async def agree(self, address="bac"):
        """Become a learner, addressed as bác."""
        await self.tap("learn")
        await self.press("Đồng ý")
        return await self.press({"bac": "bác", "em": "em", "co": "cô"}[address])

    @property
    def choices(self):
        return [c for reply in self.last["replies"] for c in reply["choices"]]

    @property
    def labels(self):
        return [c["label"] for c in self.choices]

    @property
    def text(self):
        return "\n".join(reply["text"] for reply in self.last["replies"])

    def picks(self):
        """The open question's choices, by their place in the content."""
        return {int(c["value"].rsplit(":", 1)[1]): c["value"] for c in self.choices if c["value"].startswith("pick:")}

    async def answer(self, *, is_right):
        """Answer the open question rightly or wrongly."""
        lesson, question = next(c["value"] for c in self.choices if c["value"].startswith("pick:")).split(":")[1:3]
        choices = self.service.turns.curriculum.lessons[lesson].questions[question].choices
        place = next(n for n, choice in enumerate(choices) if choice.is_right == is_right)
        return await self.tap(self.picks()[place])

    async def pass_quiz(self, lesson):
        await self.tap(f"quiz:{lesson}")
        for _ in range(3):
            await self.answer(is_right=True)
        return self.last
