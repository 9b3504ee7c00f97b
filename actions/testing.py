"""Mark a sender as one of the staff, by a code from the console: what it does enters no statistics."""

from actions import codes
from actions.context import Context, Handler
from actions.learners.staff import Staff
from actions.menu import MAIN_MENU
from actions.outcome import Outcome
from actions.reply import Reply, Result

# Said to the staff alone, so it is no content that trainers look after.
ASK = "Lệnh này dành cho người làm việc ở trang quản trị: gõ /thunghiem kèm mã ở trang “Tài khoản của tôi”."
WRONG = "Mã này đã dùng, đã hết hạn hoặc gõ sai. Hãy lấy mã mới ở trang quản trị, mục “Tài khoản của tôi”."
DONE = "Đã ghi nhận: bạn đang thử bot. Những gì bạn làm ở đây từ giờ không tính vào thống kê."


async def _mark(context: Context) -> Result:
    code = codes.code_in(context.text)
    if code is None:
        return _say(ASK)
    store = context.store
    staff_id = await store.staff_senders.take_code(code, context.now)
    account = await store.staff.account(staff_id) if staff_id is not None else None
    if account is None or not account.is_enabled:
        return _say(WRONG)
    await store.staff_senders.mark(context.sender.key, account.id, context.now)
    staff = Staff(account.id, account.login, account.name, account.role)
    await store.staff.audit(staff, "testing.mark", context.sender.channel, context.now)
    return _say(DONE)


def _say(text: str) -> Result:
    return Result((Reply(text, (MAIN_MENU,)),), Outcome.ACCOUNT)


CHOICES: dict[str, Handler] = {"testing": _mark}
COMMANDS = {"/thunghiem": "testing", "/thu_nghiem": "testing"}
