"""One turn: the ordered steps that a citizen's message goes through, once."""

from dataclasses import dataclass

from actions import answer, crisis, emergency, menu, protection, suggestion
from actions.curriculum.model import Curriculum
from actions.reply import Choice, Result
from bot.choosing import NotAChoiceError, choose, open_choice
from bot.clock import today
from bot.gate import Clean, clean
from bot.nlu.normalisation import Normaliser
from bot.nlu.syllable import fold
from bot.understanding import NluClient, NluUnavailableError, Understanding

COMMANDS = {
    "/start": "welcome",
    "/batdau": "welcome",
    "/menu": "menu",
    "/danhmuc": "menu",
    "/help": "menu",
    "/trogiup": "menu",
}
MENU_WORDS = frozenset({"menu", "danh muc", "tro giup", "help", "bat dau", "start"})
EMERGENCY_COMMANDS = ("/khancap", "/khan_cap")
EMERGENCY_WORDS = frozenset({"khan cap", "khancap", "cuu", "cuu voi", "cuu toi", "cuu toi voi", "sos"})


@dataclass(frozen=True)
class Message:
    """One message of a citizen: typed text, or the value of a tapped choice."""

    text: str = ""
    choice: str | None = None


@dataclass(frozen=True)
class Turn:
    """What a turn came to: the result, and what was understood on the way.

    `text` is the cleaned and masked message; it lives only as long as the turn.
    """

    result: Result
    text: str = ""
    understanding: Understanding | None = None


class TurnHandler:
    """Takes messages through the steps; holds what the steps need."""

    def __init__(self, curriculum: Curriculum, nlu: NluClient, normaliser: Normaliser) -> None:
        self.curriculum = curriculum
        self._nlu = nlu
        self._normaliser = normaliser

    async def handle(self, message: Message, open_choices: tuple[Choice, ...]) -> Turn:
        """Answer one message.

        Args:
            message: What came in.
            open_choices: The menu that is open for this sender.

        Returns:
            A turn that always has at least one reply.
        """
        cleaned = clean(message.text)
        normalised = self._normaliser.normalise(cleaned.text)
        folded = fold(normalised)
        result = (
            self._crisis(normalised, folded)
            or self._panic(cleaned, folded)
            or self._choice(message, cleaned, open_choices)
            or self._command(cleaned, folded)
        )
        if result is not None:
            return Turn(protection.warn(self.curriculum, cleaned.secrets, result), cleaned.text)
        return await self._question(cleaned, folded)

    def _crisis(self, normalised: str, folded: str) -> Result | None:
        return crisis.give_care(self.curriculum, today()) if crisis.is_crisis(normalised, folded) else None

    def _panic(self, cleaned: Clean, folded: str) -> Result | None:
        first = cleaned.text.split(maxsplit=1)[:1]
        is_command = bool(first) and first[0].lower() in EMERGENCY_COMMANDS
        if is_command or folded in EMERGENCY_WORDS or emergency.is_panic(folded):
            return emergency.first_steps(self.curriculum)
        return None

    def _choice(self, message: Message, cleaned: Clean, open_choices: tuple[Choice, ...]) -> Result | None:
        value = message.choice
        if value is None:
            try:
                value = open_choice(cleaned.text, open_choices)
            except NotAChoiceError:
                return menu.show_main_menu(self.curriculum, "menu_gone")
        if value is None:
            return None
        return choose(self.curriculum, value, today())

    def _command(self, cleaned: Clean, folded: str) -> Result | None:
        if not cleaned.text:
            return menu.show_main_menu(self.curriculum, "empty")
        if cleaned.text.startswith("/"):
            command = cleaned.text.split(maxsplit=1)[0].lower().split("@")[0]
            return menu.show_main_menu(self.curriculum, COMMANDS.get(command, "unknown_command"))
        if folded in MENU_WORDS:
            return menu.show_main_menu(self.curriculum)
        return None

    async def _question(self, cleaned: Clean, folded: str) -> Turn:
        if not folded:
            result = menu.show_main_menu(self.curriculum, "no_words")
            return Turn(protection.warn(self.curriculum, cleaned.secrets, result), cleaned.text)
        try:
            understanding = await self._nlu.parse(cleaned.text)
        except NluUnavailableError:
            is_loss = emergency.mentions_loss(folded)
            result = emergency.first_steps(self.curriculum) if is_loss else suggestion.busy(self.curriculum)
            return Turn(protection.warn(self.curriculum, cleaned.secrets, result), cleaned.text)
        result = self._decide(understanding)
        return Turn(protection.warn(self.curriculum, cleaned.secrets, result), cleaned.text, understanding)

    def _decide(self, understanding: Understanding) -> Result:
        slugs = [slug for slug, _ in understanding.ranking]
        best = self.curriculum.answers.get(slugs[0]) if slugs else None
        if understanding.decision == "answer" and best is not None and not best.is_retired:
            return answer.give_answer(self.curriculum, best.slug, today(), understanding.confidence)
        if understanding.decision == "suggest":
            return suggestion.suggest(self.curriculum, slugs, understanding.confidence)
        return suggestion.unknown(self.curriculum, understanding.confidence)
