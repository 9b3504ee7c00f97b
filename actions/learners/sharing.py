"""Queries about sharing: one-time codes, helpers in the family, classes."""

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from actions.learners.keys import Keys
from actions.learners.privacy import Privacy
from actions.learners.rows import insert
from actions.learners.tables import (
    Attempt,
    Certificate,
    ClassMember,
    FamilyLink,
    Identity,
    LearnerRow,
    LearningClass,
    LessonProgress,
    OneTimeCode,
)

# No letter that a Vietnamese keyboard turns into a mark (Telex: A E O D W S F R X J Z), none that looks like another;
# digits might be masked as a secret at the gate.
CODE_ALPHABET = "BCGHKMNPQTV"
CODE_CHARACTERS = 10
CLASS_CODE_CHARACTERS = 8  # A class tells its name and nothing of a person.
OLD_CODE_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ"  # of codes that were given out before, and are still good
OLD_CODE_CHARACTERS = 8
CODE_MAX_CHARACTERS = 32


@dataclass(frozen=True)
class ClassResults:
    """The results of a class together; `by_lesson` holds how many of its members passed each lesson."""

    code: str
    name: str
    members: int
    passed_any: int
    by_lesson: dict[str, int]
    right_percent: int | None
    answered: int = 0  # members who answered a quiz question


def new_code(characters: int = CODE_CHARACTERS) -> str:
    """Return a code that cannot be guessed and is easy to read out."""
    return "".join(secrets.choice(CODE_ALPHABET) for _ in range(characters))


def is_code(text: str) -> bool:
    """Tell whether a text could be a code."""
    return 0 < len(text) <= CODE_MAX_CHARACTERS and set(text) <= set(OLD_CODE_ALPHABET)


class Sharing:
    """All access to codes, family links and classes within one transaction."""

    def __init__(self, connection: AsyncConnection, keys: Keys) -> None:
        self._connection, self._keys = connection, keys

    async def make_code(self, purpose: str, learner_id: str, now: datetime, lifetime: timedelta, characters: int = CODE_CHARACTERS) -> str:
        """Make a code of a learner; an older one for the same purpose ends."""
        await self._connection.execute(delete(OneTimeCode).where(OneTimeCode.learner_id == learner_id, OneTimeCode.purpose == purpose))
        code = new_code(characters)
        row = {"code": code, "purpose": purpose, "learner_id": learner_id, "expires_at": now + lifetime}
        await insert(self._connection, OneTimeCode, row)
        return code

    async def take_code(self, purpose: str, code: str, now: datetime) -> str | None:
        """Return the learner of a code and use it up; None for a wrong, used or late one."""
        taken = (
            delete(OneTimeCode)
            .where(OneTimeCode.code == code, OneTimeCode.purpose == purpose, OneTimeCode.expires_at > now)
            .returning(OneTimeCode.learner_id)
        )
        return (await self._connection.execute(taken)).scalar_one_or_none()

    async def read_code(self, purpose: str, code: str, now: datetime) -> str | None:
        """Return the learner of a code without using it up; None for a wrong or late one."""
        query = select(OneTimeCode.learner_id).where(OneTimeCode.code == code, OneTimeCode.purpose == purpose, OneTimeCode.expires_at > now)
        return (await self._connection.execute(query)).scalar_one_or_none()

    async def link(self, helper_identity_id: int, learner_id: str, now: datetime) -> None:
        """Let a helper see a learner's progress."""
        row = {"helper_identity_id": helper_identity_id, "learner_id": learner_id, "granted_at": now}
        await insert(self._connection, FamilyLink, row)

    async def helped_by(self, helper_identity_id: int) -> list[tuple[str, str | None, str | None]]:
        """Return the learners a helper may see: id, name, form of address."""
        query = (
            select(LearnerRow.id, LearnerRow.sealed_name, LearnerRow.address)
            .join(FamilyLink, FamilyLink.learner_id == LearnerRow.id)
            .where(FamilyLink.helper_identity_id == helper_identity_id)
            .order_by(FamilyLink.granted_at)
        )
        rows = (await self._connection.execute(query)).all()
        return [(row.id, self._keys.unseal(row.sealed_name) if row.sealed_name else None, row.address) for row in rows]

    async def helpers_of(self, learner_id: str) -> int:
        """Return how many helpers see a learner's progress."""
        query = select(func.count()).select_from(FamilyLink).where(FamilyLink.learner_id == learner_id)
        return int((await self._connection.execute(query)).scalar_one())

    async def revoke(self, learner_id: str) -> int:
        """End all helpers' views of a learner, and codes not yet used; return how many helpers there were."""
        await self._connection.execute(delete(OneTimeCode).where(OneTimeCode.learner_id == learner_id, OneTimeCode.purpose == "family"))
        return (await self._connection.execute(delete(FamilyLink).where(FamilyLink.learner_id == learner_id))).rowcount

    async def helpers(self, learner_id: str) -> list[int]:
        """Return the identities that see a learner's progress."""
        query = select(FamilyLink.helper_identity_id).where(FamilyLink.learner_id == learner_id)
        return list((await self._connection.execute(query)).scalars())

    async def forget_unneeded(self, identity_ids: Collection[int]) -> None:
        """Delete addresses, of these, that are needed for nothing any more."""
        is_needed = Privacy(self._connection, self._keys).is_needed()
        mine = (Identity.id.in_(identity_ids), Identity.learner_id.is_(None), ~is_needed)
        await self._connection.execute(delete(Identity).where(*mine))

    async def drop_certificates(self, learner_id: str, path: str) -> None:
        """Delete a learner's certificates of a path, so that their codes are good no more."""
        mine = (Certificate.learner_id == learner_id, Certificate.path == path)
        await self._connection.execute(delete(Certificate).where(*mine))

    async def open_class(self, name: str, learner_id: str, now: datetime) -> str:
        """Open a class; return its code."""
        code = new_code(CLASS_CODE_CHARACTERS)
        await insert(self._connection, LearningClass, {"code": code, "name": name, "opened_by": learner_id, "opened_at": now})
        return code

    async def rename_class(self, code: str, learner_id: str, name: str) -> None:
        """Give a class another name, for the learner who opened it."""
        mine = (LearningClass.code == code, LearningClass.opened_by == learner_id)
        await self._connection.execute(update(LearningClass).where(*mine).values(name=name))

    async def close_class(self, code: str, learner_id: str) -> bool:
        """Close a class for the learner who opened it; its members are in it no more. Return whether there was one."""
        mine = select(LearningClass.code).where(LearningClass.code == code, LearningClass.opened_by == learner_id)
        await self._connection.execute(delete(ClassMember).where(ClassMember.class_code.in_(mine)))
        return bool((await self._connection.execute(delete(LearningClass).where(LearningClass.code.in_(mine)))).rowcount)

    async def class_name(self, code: str) -> str | None:
        """Return the name of a class, or None where there is none of this code."""
        return (await self._connection.execute(select(LearningClass.name).where(LearningClass.code == code))).scalar_one_or_none()

    async def join(self, code: str, learner_id: str, now: datetime) -> bool:
        """Put a learner into a class; return whether this is new."""
        return await insert(self._connection, ClassMember, {"class_code": code, "learner_id": learner_id, "joined_at": now})

    async def leave(self, learner_id: str) -> int:
        """Take a learner out of all classes; return of how many."""
        return (await self._connection.execute(delete(ClassMember).where(ClassMember.learner_id == learner_id))).rowcount

    async def classes_joined(self, learner_id: str) -> list[str]:
        """Return the names of the classes a learner is in."""
        query = (
            select(LearningClass.name).join(ClassMember, ClassMember.class_code == LearningClass.code)
            .where(ClassMember.learner_id == learner_id).order_by(ClassMember.joined_at)
        )  # fmt: skip
        return list((await self._connection.execute(query)).scalars())

    async def classes_opened(self, learner_id: str) -> list[tuple[str, str]]:
        """Return the classes a learner opened: code and name."""
        query = (
            select(LearningClass.code, LearningClass.name).where(LearningClass.opened_by == learner_id).order_by(LearningClass.opened_at)
        )
        return [(row.code, row.name) for row in await self._connection.execute(query)]

    async def results(self, code: str, name: str) -> ClassResults:
        """Return the results of a class; the caller hides those of a small one."""
        members = select(ClassMember.learner_id).where(ClassMember.class_code == code)
        count = (await self._connection.execute(select(func.count()).where(ClassMember.class_code == code))).scalar_one()
        passed = (
            select(LessonProgress.lesson, func.count())
            .where(LessonProgress.learner_id.in_(members), LessonProgress.passed_at.is_not(None))
            .group_by(LessonProgress.lesson)
        )
        by_lesson = {row[0]: row[1] for row in await self._connection.execute(passed)}
        anybody = select(func.count(LessonProgress.learner_id.distinct())).where(
            LessonProgress.learner_id.in_(members), LessonProgress.passed_at.is_not(None)
        )
        right = (
            select(Attempt.is_right, func.count()).where(Attempt.learner_id.in_(members), Attempt.kind == "quiz").group_by(Attempt.is_right)
        )
        answers = {row[0]: row[1] for row in await self._connection.execute(right)}
        total = sum(answers.values())
        percent = round(100 * answers.get(True, 0) / total) if total else None
        who = select(func.count(Attempt.learner_id.distinct())).where(Attempt.learner_id.in_(members), Attempt.kind == "quiz")
        passed_any = int((await self._connection.execute(anybody)).scalar_one())
        return ClassResults(code, name, int(count), passed_any, by_lesson, percent, int((await self._connection.execute(who)).scalar_one()))
