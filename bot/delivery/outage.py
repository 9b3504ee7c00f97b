"""What it looks like when the database is away: what was to be written is not to blame, and may be tried again."""

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

AWAY = (OperationalError, InterfaceError, NoConnectionError, OSError)
