"""One turn: the ordered steps that a citizen's message goes through, once.

`read` finds out what a message means; it may ask the NLU server and changes nothing.
`act` carries it out within the turn's transaction.
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from actions import answer, attachment, codes, crisis, dispatch, drill, emergency, going_on, inputs, menu, protection, suggestion
from actions.brevity import shorten
from actions.context import Context
from actions.curriculum.model import Curriculum
from actions.learners.repository import OpenConversation
from actions.menu import EMERGENCY
from actions.outcome import Outcome
from actions.position import Position, read_position
from actions.reply import Result
from actions.wording import agrees, words_of
from bot import clock
from bot.choosing import NotAChoiceError, open_choice
from bot.gate import Clean, clean
from bot.nlu.normalisation import Normaliser
from bot.nlu.syllable import fold
from bot.understanding import NluClient, NluUnavailableError, Understanding

STOP_WORD = ["dừng"]
REAL_LOSS = ("after-scam", "scam-recovery")  # topics of questions that are asked by those who lost something
# After these, what was open goes on.
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

    def normalised(self, text: str) -> str:
        """Return the words that a text means, as questions are read."""
        return self._normaliser.normalise(text)

    def is_urgent(self, text: str, choice: str | None) -> bool:
        """Tell whether a cleaned message must not wait for anything: despair or panic."""
        if choice is not None:
            return choice == EMERGENCY.value
        normalised = self._normaliser.normalise(text)
        return self._urgent(Clean(text, ()), normalised, fold(normalised)) is not None

    async def read(self, message: Message, conversation: OpenConversation, *, asks_model: bool = True) -> Meaning:
        """Find out what a message means, given what is open for its sender; a question may be left as it is."""
        cleaned = clean(message.text)
        normalised = self._normaliser.normalise(cleaned.text)
        folded = fold(normalised)
        position = read_position(conversation.position)
        meaning = (
            self._urgent(cleaned, normalised, folded)
            or self._in_earnest(folded, position)
            or self._attachment(message, cleaned)
            or self._choice(message, cleaned, normalised, conversation, position)
            or self._activity(cleaned, normalised, position)
            or self._command(cleaned, normalised)
            or (await self._question(cleaned) if asks_model else Meaning("question"))
        )
        secrets = tuple(dict.fromkeys((*message.secrets, *cleaned.secrets)))
        return replace(meaning, text=cleaned.text, secrets=secrets, attachment=message.attachment, folded=folded)

    async def act(self, meaning: Meaning, context: Context) -> Result:
        """Carry out what a message means.

        Returns:
            A result that always has at least one reply.
        """
        context.text = meaning.text
        context.take_up_guest()
        result = await self._carry_out(meaning, context)
        going_on.leave_for_real_life(context, result)
        if meaning.text:
            result = attachment.note(context.curriculum, meaning.attachment, result)
        result = protection.warn(context.curriculum, meaning.secrets, result)
        result = await self._then_on(meaning, context, result)
        context.put_down_guest()
        return shorten(result) if context.is_large_text else result

    def urgent(self, meaning: Meaning, today: date, curriculum: Curriculum | None = None, step: str | None = None) -> Result:
        """Answer despair or panic; this needs no model, no learner and no database."""
        said = curriculum or self.curriculum
        return crisis.give_care(said, today) if meaning.kind == "crisis" else emergency.first_steps(said, step)

    def _urgent(self, cleaned: Clean, normalised: str, folded: str) -> Meaning | None:
        if crisis.is_crisis(normalised, folded):
            return Meaning("crisis")
        is_command = cleaned.text.startswith("/") and dispatch.command_value(cleaned.text) == EMERGENCY.value
        if is_command or emergency.is_cry(cleaned.text) or emergency.is_cry(normalised) or emergency.is_panic(folded):
            return Meaning("panic")
        return None

    def _in_earnest(self, folded: str, position: Position | None) -> Meaning | None:
        is_drill = position is not None and position.kind == "drill" and position.is_fresh(clock.now())
        return Meaning("panic") if is_drill and drill.is_in_earnest(folded) else None

    def _attachment(self, message: Message, cleaned: Clean) -> Meaning | None:
        if message.attachment and not cleaned.text:
            return Meaning("choice", value=f"got:{message.attachment}")
        return None

    def _choice(
        self, message: Message, cleaned: Clean, normalised: str, conversation: OpenConversation, position: Position | None
    ) -> Meaning | None:
        if message.choice is not None:
            return Meaning("panic") if message.choice == EMERGENCY.value else Meaning("choice", value=message.choice)
        is_asked_for_text = position is not None and position.kind == "input"
        loosely = not is_asked_for_text and _command_value(cleaned, normalised) is None
        try:
            value = open_choice(cleaned.text, conversation.choices, loosely=loosely)
        except NotAChoiceError:
            return Meaning("no_choice")
        if value == EMERGENCY.value:
            return Meaning("panic")
        return None if value is None else Meaning("choice", value=value)

    def _activity(self, cleaned: Clean, normalised: str, position: Position | None) -> Meaning | None:
        if position is None or not words_of(normalised):
            return None
        if position.kind != "input":
            is_stop = agrees(words_of(normalised), STOP_WORD)
            value = going_on.stop_value(position) if is_stop else None
            return Meaning("choice", value=value) if value else None
        # Somebody may be called Dung, Hoc or Nghi: without its diacritics, a single word is a name here.
        is_command = cleaned.text.startswith("/") or _command_value(cleaned, normalised, strictly=True) is not None
        is_other = is_command or codes.is_code_alone(cleaned.text) or not position.is_fresh(clock.now())
        return None if is_other or not inputs.can_be(position.slug, cleaned.text) else Meaning("input")

    def _command(self, cleaned: Clean, normalised: str) -> Meaning | None:
        if not cleaned.text:
            return Meaning("message", value="empty")
        value = _command_value(cleaned, normalised)
        if value is None and codes.is_code_alone(cleaned.text):
            value = "code"
        if value is not None:
            return Meaning("choice", value=value)
        if cleaned.text.startswith("/"):
            return Meaning("message", value="unknown_command")
        if not words_of(normalised):
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

    async def _carry_out(self, meaning: Meaning, context: Context) -> Result:
        match meaning.kind:
            case "crisis" | "panic":
                position = context.open_activity
                step = position.step if position is not None and position.kind == "guide" else None
                return self.urgent(meaning, context.today, context.curriculum, step)
            case "choice":
                return await self._choose(meaning.value, context)
            case "input":
                return await inputs.take_input(context)
            case "no_choice":
                return await going_on.back_to_activity(context) or menu.show_main_menu(context.curriculum, "menu_gone")
            case "message":
                return menu.show_main_menu(context.curriculum, meaning.value)
            case "question":
                return self._decide(meaning, context)

    async def _choose(self, value: str, context: Context) -> Result:
        asked = context.position
        result = await dispatch.choose(context, value)
        if asked is not None and asked.kind == "input" and context.position is asked:
            context.position = None  # Who went elsewhere does not mean the next text as the name that was asked for.
        if value.split(":", maxsplit=1)[0] in going_on.MENUS:
            return await going_on.with_way_back(context, result)
        return result

    async def _then_on(self, meaning: Meaning, context: Context, result: Result) -> Result:
        """Put the way back to an open lesson, quiz, guide, drill or question for a text below what was answered."""
        is_answer = meaning.kind == "question" or meaning.value.split(":", maxsplit=1)[0] in going_on.ANSWERS
        if not is_answer or result.outcome not in _GOES_ON:
            return result
        position = context.open_activity
        is_drill = position is not None and position.kind == "drill"
        if is_drill and (result.topic in REAL_LOSS or emergency.mentions_loss(meaning.folded)):
            return result.followed_by(drill.leave_drill(context))
        following = await going_on.back_to_activity(context) or await inputs.ask_again(context)
        return result if following is None else going_on.in_the_middle(result, following)


def _command_value(cleaned: Clean, normalised: str, *, strictly: bool = False) -> str | None:
    """Return what a command stands for, as it was typed or as it was meant: "sos" is also how one may type "só"."""
    typed = dispatch.command_value(cleaned.text, strictly=strictly)
    return typed if typed or cleaned.text.startswith("/") else dispatch.command_value(normalised, strictly=strictly)
