"""One turn: the ordered steps that a citizen's message goes through, once.

`read` finds out what a message means; it may ask the NLU server and changes nothing.
`act` carries it out within the turn's transaction.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from actions import answer, attachment, crisis, dispatch, drill, emergency, guide, lesson, menu, protection, quiz, suggestion
from actions.brevity import shorten
from actions.context import Context
from actions.curriculum.model import Curriculum
from actions.inputs import take_input
from actions.learners.repository import OpenConversation
from actions.menu import EMERGENCY
from actions.outcome import Outcome
from actions.position import Position, read_position
from actions.reply import Result
from bot.choosing import NotAChoiceError, open_choice
from bot.gate import Clean, clean
from bot.nlu.normalisation import Normaliser
from bot.nlu.syllable import fold
from bot.understanding import NluClient, NluUnavailableError, Understanding

STOP_WORD = "dung"
# A question in the middle of these is answered, then they go on.
_GOES_ON = (Outcome.ANSWERED, Outcome.SUGGESTED, Outcome.SMALL_TALK, Outcome.OUT_OF_SCOPE, Outcome.UNKNOWN, Outcome.ERROR, Outcome.UNSAFE)


@dataclass(frozen=True)
class Message:
    """One message of a citizen: typed text, or the value of a tapped choice.

    `secrets` are kinds that were masked in the text before; `attachment` is what came beside
    or instead of it.
    """

    text: str = ""
    choice: str | None = None
    secrets: tuple[str, ...] = ()
    attachment: str = ""


@dataclass(frozen=True)
class Meaning:
    """What a message means.

    `value` is a choice's value. `text` is the cleaned and masked message; it lives only as
    long as the turn. `understanding` is what the NLU model makes of a question, None where it
    could not be asked.
    """

    kind: Literal["crisis", "panic", "choice", "no_choice", "input", "message", "question"]
    text: str = ""
    value: str = ""
    secrets: tuple[str, ...] = ()
    attachment: str = ""
    folded: str = ""
    understanding: Understanding | None = None

    @property
    def is_urgent(self) -> bool:
        """Whether it must be answered even when nothing can be stored."""
        return self.kind in ("crisis", "panic")


class TurnHandler:
    """Takes messages through the steps; holds what the steps need."""

    def __init__(self, curriculum: Curriculum, nlu: NluClient, normaliser: Normaliser) -> None:
        self.curriculum = curriculum
        self._nlu = nlu
        self._normaliser = normaliser

    @property
    def model_version(self) -> str:
        """The version of the NLU model that was last seen loaded."""
        return self._nlu.model_version

    def is_urgent(self, text: str, choice: str | None) -> bool:
        """Tell whether a cleaned message must not wait for anything: despair or panic."""
        if choice is not None:
            return choice == EMERGENCY.value
        normalised = self._normaliser.normalise(text)
        return self._urgent(Clean(text, ()), normalised, fold(normalised)) is not None

    async def read(self, message: Message, conversation: OpenConversation) -> Meaning:
        """Find out what a message means, given what is open for its sender."""
        cleaned = clean(message.text)
        normalised = self._normaliser.normalise(cleaned.text)
        folded = fold(normalised)
        meaning = (
            self._urgent(cleaned, normalised, folded)
            or self._attachment(message, cleaned)
            or self._choice(message, cleaned, conversation)
            or self._activity(cleaned, folded, conversation)
            or self._command(cleaned, folded)
            or await self._question(cleaned)
        )
        secrets = tuple(dict.fromkeys((*message.secrets, *cleaned.secrets)))
        return replace(meaning, text=cleaned.text, secrets=secrets, attachment=message.attachment, folded=folded)

    async def act(self, meaning: Meaning, context: Context) -> Result:
        """Carry out what a message means.

        Returns:
            A result that always has at least one reply.
        """
        context.text = meaning.text
        match meaning.kind:
            case "crisis" | "panic":
                result = self.urgent(meaning, context.today, context.curriculum)
            case "choice":
                result = await dispatch.choose(context, meaning.value)
            case "input":
                result = await take_input(context)
            case "no_choice":
                result = await self._go_on(context) or menu.show_main_menu(context.curriculum, "menu_gone")
            case "message":
                result = menu.show_main_menu(context.curriculum, meaning.value)
            case "question":
                result = self._decide(meaning, context)
        if meaning.text:
            result = attachment.note(context.curriculum, meaning.attachment, result)
        result = protection.warn(context.curriculum, meaning.secrets, result)
        if meaning.kind == "question":
            result = await self._then_on(context, result)
        return shorten(result) if context.is_large_text else result

    def urgent(self, meaning: Meaning, today: date, curriculum: Curriculum | None = None) -> Result:
        """Answer despair or panic; this needs no model, no learner and no database."""
        said = curriculum or self.curriculum
        return crisis.give_care(said, today) if meaning.kind == "crisis" else emergency.first_steps(said)

    def _urgent(self, cleaned: Clean, normalised: str, folded: str) -> Meaning | None:
        if crisis.is_crisis(normalised, folded):
            return Meaning("crisis")
        first = cleaned.text.split(maxsplit=1)[:1]
        is_command = bool(first) and first[0].lower() in emergency.COMMANDS
        if is_command or folded in emergency.COMMANDS or emergency.is_panic(folded):
            return Meaning("panic")
        return None

    def _attachment(self, message: Message, cleaned: Clean) -> Meaning | None:
        if message.attachment and not cleaned.text:
            return Meaning("choice", value=f"got:{message.attachment}")
        return None

    def _choice(self, message: Message, cleaned: Clean, conversation: OpenConversation) -> Meaning | None:
        if message.choice is not None:
            return Meaning("panic") if message.choice == EMERGENCY.value else Meaning("choice", value=message.choice)
        try:
            value = open_choice(cleaned.text, conversation.choices)
        except NotAChoiceError:
            return Meaning("no_choice")
        if value == EMERGENCY.value:
            return Meaning("panic")
        return None if value is None else Meaning("choice", value=value)

    def _activity(self, cleaned: Clean, folded: str, conversation: OpenConversation) -> Meaning | None:
        position = read_position(conversation.position)
        if position is None or not cleaned.text:
            return None
        if folded == STOP_WORD and (value := _stop_value(position)):
            return Meaning("choice", value=value)
        is_command = cleaned.text.startswith("/") or dispatch.command_value(folded) is not None
        if position.kind == "input" and folded and not is_command:
            return Meaning("input")
        return None

    def _command(self, cleaned: Clean, folded: str) -> Meaning | None:
        if not cleaned.text:
            return Meaning("message", value="empty")
        if cleaned.text.startswith("/"):
            command = cleaned.text.split(maxsplit=1)[0].lower().split("@")[0]
            value = dispatch.command_value(command)
            return Meaning("choice", value=value) if value else Meaning("message", value="unknown_command")
        value = dispatch.command_value(folded)
        if value is not None:
            return Meaning("choice", value=value)
        if not folded:
            return Meaning("message", value="no_words")
        return None

    async def _question(self, cleaned: Clean) -> Meaning:
        try:
            return Meaning("question", understanding=await self._nlu.parse(cleaned.text))
        except NluUnavailableError:
            return Meaning("question")

    def _decide(self, meaning: Meaning, context: Context) -> Result:
        understanding, curriculum = meaning.understanding, context.curriculum
        if understanding is None:
            return emergency.first_steps(curriculum) if emergency.mentions_loss(meaning.folded) else suggestion.busy(curriculum)
        slugs = [slug for slug, _ in understanding.ranking]
        best = curriculum.answers.get(slugs[0]) if slugs else None
        if understanding.decision == "answer" and best is not None and not best.is_retired:
            return answer.give_answer(curriculum, best.slug, context.today, understanding.confidence)
        if understanding.decision == "suggest":
            return suggestion.suggest(curriculum, slugs, understanding.confidence)
        return suggestion.unknown(curriculum, understanding.confidence)

    async def _then_on(self, context: Context, result: Result) -> Result:
        """Put the way back to an open lesson, quiz, guide or drill below the answer to a question."""
        following = await self._go_on(context) if result.outcome in _GOES_ON else None
        return result if following is None else result.followed_by(following)

    async def _go_on(self, context: Context) -> Result | None:
        return (
            await lesson.back_to_lesson(context)
            or quiz.back_to_quiz(context)
            or guide.back_to_guide(context)
            or drill.back_to_drill(context)
        )


def _stop_value(position: Position) -> str | None:
    values = {
        "drill": f"stop-drill:{position.slug}",
        "quiz": "stop-quiz",
        "review": "stop-quiz",
        "lesson": f"stop:{position.slug}:{position.step}",
        "guide": "rest",
        "input": "rest",
    }
    return values.get(position.kind)
