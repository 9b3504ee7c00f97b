"""Whose doings enter no statistics: senders that the staff marked as theirs, and all learners behind them.

A mark is made with `/thunghiem` or by using the web chat in a browser that is logged in at the
console; what anybody can claim, such as the beginning of a web sender's address, is none.
"""

from sqlalchemy import Select, select, union

from actions.learners.staff_tables import StaffSender
from actions.learners.tables import Identity, IdentityLearner


def staff_learners() -> Select[tuple[str]]:
    """Return the query of the learners who learn, or may, at a sender of the staff."""
    joined = (
        select(IdentityLearner.learner_id)
        .join(Identity, Identity.id == IdentityLearner.identity_id)
        .join(StaffSender, StaffSender.sender_key == Identity.sender_key)
    )
    present = (
        select(Identity.learner_id).join(StaffSender, StaffSender.sender_key == Identity.sender_key).where(Identity.learner_id.is_not(None))
    )
    both = union(joined, present).subquery()
    return select(both.c.learner_id)
