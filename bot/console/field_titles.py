"""What the fields of the forms are called where they are spoken of: in lists of problems, and where two versions are compared."""

_ROWS = {"sources": "Nguồn", "steps": "Bước", "questions": "Câu đố", "choices": "lựa chọn"}
_FIELDS = {
    "title": "Tiêu đề", "topic": "Chủ đề", "topics": "Chủ đề", "text": "Nội dung", "more": "Xem thêm", "examples": "Ví dụ",
    "android": "Máy Android", "iphone": "Máy iPhone", "outcome": "Tính vào thống kê là", "goal": "Học xong biết gì", "module": "Học phần",
    "role": "Bot đóng vai ai", "intro": "Mở đầu", "lesson": "Bài học đi kèm", "start": "Bắt đầu từ bước", "status": "Tình trạng",
    "general_advice": "Lời khuyên chung, không cần nguồn", "reviewed_on": "Rà soát ngày", "review_by": "Cần rà soát lại trước",
    "heading": "tên bước", "simple": "nói dễ hiểu hơn", "picture": "hình", "question": "tình huống và câu hỏi",
    "feedback": "nói gì khi chọn", "right": "lựa chọn đúng", "sign": "dấu hiệu lừa đảo", "ending": "kết thúc", "slug": "mã bước",
    "next": "sang bước", "falls": "mắc bẫy", "follow_up": "mời “Mai hỏi thăm tôi”", "address": "địa chỉ", "read_on": "ngày đọc",
    "id": "mã câu",
}  # fmt: skip
_IN_ROWS = {("sources", "title"): "tên nguồn", ("choices", "text"): "chữ trên nút", ("steps", "text"): "nội dung"}


def field_title(name: str) -> str | None:
    """Return what a field like `steps.2.choices.0.text` is called: "Bước 3, lựa chọn 1: chữ trên nút"; None for an unknown one."""
    *rows, last = name.split(".")
    places = []
    for row, number in zip(rows[::2], rows[1::2], strict=False):
        if row not in _ROWS or not number.isdecimal():
            return None
        places.append(f"{_ROWS[row]} {int(number) + 1}")
    if not places:
        return _FIELDS.get(last) or {"sources": "Nguồn", "steps": "Các bước", "questions": "Câu đố"}.get(last)
    said = _IN_ROWS.get((rows[-2], last)) or _FIELDS.get(last)
    return f"{', '.join(places)}: {said}" if said else None
