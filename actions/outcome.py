"""How a turn can end: a closed list, used alike by statistics, metrics, the REST API and tests."""

from enum import StrEnum


class Outcome(StrEnum):
    """The outcome of one turn."""

    ANSWERED = "answered"
    SUGGESTED = "suggested"
    UNKNOWN = "unknown"
    OUT_OF_SCOPE = "out_of_scope"
    SMALL_TALK = "small_talk"
    UNSAFE = "unsafe"
    CRISIS = "crisis"
    EMERGENCY = "emergency"
    LESSON = "lesson"
    QUIZ = "quiz"
    REVIEW = "review"
    GUIDE = "guide"
    DRILL = "drill"
    CHECK = "check"
    ACCOUNT = "account"
    MENU = "menu"
    STOPPED = "stopped"
    ERROR = "error"


OUTCOME_LABELS: dict[Outcome, str] = {
    Outcome.ANSWERED: "Đã trả lời",
    Outcome.SUGGESTED: "Đã gợi ý",
    Outcome.UNKNOWN: "Chưa hiểu",
    Outcome.OUT_OF_SCOPE: "Ngoài phạm vi",
    Outcome.SMALL_TALK: "Chào hỏi, trò chuyện",
    Outcome.UNSAFE: "Yêu cầu không an toàn",
    Outcome.CRISIS: "Người cần được chăm sóc",
    Outcome.EMERGENCY: "Khẩn cấp",
    Outcome.LESSON: "Bài học",
    Outcome.QUIZ: "Câu đố",
    Outcome.REVIEW: "Ôn lại",
    Outcome.GUIDE: "Hướng dẫn từng bước",
    Outcome.DRILL: "Diễn tập",
    Outcome.CHECK: "Kiểm tra tin nhắn",
    Outcome.ACCOUNT: "Dữ liệu của tôi",
    Outcome.MENU: "Danh mục",
    Outcome.STOPPED: "Đang ngừng trả lời",
    Outcome.ERROR: "Lỗi",
}
