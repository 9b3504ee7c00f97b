"""What people say instead of a button's words; the buttons by their words, without punctuation."""

_YES = {"có", "vâng", "dạ", "ừ", "uh", "ok", "oke", "okie", "đúng", "đúng rồi", "đúng vậy", "phải", "phải rồi", "đồng ý", "được"}
_NO = {"không", "không phải", "không đồng ý", "không cần", "thôi", "bỏ"}
_STOP = {"dừng", "stop", "thôi", "nghỉ", "dừng lại", "thoát"}
_ON = {
    "tiếp", "tiếp tục", "tiếp đi", "học tiếp", "xem tiếp", "làm tiếp", "next", "ok", "oke", "okie", "rồi", "vâng", "dạ", "ừ", "uh", "được",
    "đúng rồi", "sang bước", "xong", "xong rồi",
}  # fmt: skip
_DONE = {"tiếp", "tiếp tục", "xong", "xong rồi", "rồi", "đã xong", "làm rồi", "gọi rồi", "đã gọi", "đã làm", "ok", "oke", "vâng", "dạ"}

SPOKEN = {
    "tiếp": _ON,
    "học tiếp": _ON | {"có"},
    "làm tiếp các bước": _ON | {"có"},
    "quay lại bài học": _ON,
    "quay lại câu đố": _ON,
    "quay lại phần ôn": _ON,
    "quay lại các bước": _ON,
    "quay lại diễn tập": _ON,
    "làm câu đố": _ON | {"câu đố", "làm", "có"},
    "nhắc lại": {"lại", "đọc lại", "nói lại", "xem lại", "lặp lại", "nhắc lại đi"},
    "nói dễ hiểu hơn": {"không hiểu", "khó hiểu", "chưa hiểu", "dễ hiểu hơn", "nói dễ hiểu", "giải thích", "k hiểu", "ko hiểu"},
    "dừng": _STOP | {"mệt rồi", "mệt quá", "để sau"},
    "dừng bài học": _STOP,
    "dừng câu đố": _STOP,
    "đã làm xong tiếp": _DONE,
    # Yes and no
    "có": _YES | {"có rồi", "rồi"},
    "không": {"không có", "chưa", "không phải"},
    "chưa": {"không", "chưa có", "không có", "chưa chuyển", "chưa đưa", "chưa mất"},
    "không chắc": {"không biết", "không rõ", "không nhớ", "chưa rõ", "chưa chắc", "không chắc lắm"},
    "rồi": _YES | {"mất rồi", "đã mất", "bị rồi"},
    "rồi tôi chuyển rồi": _YES | {"chuyển rồi", "đã chuyển", "tôi đã chuyển", "chuyển tiền rồi", "đã chuyển tiền", "lỡ chuyển rồi"},
    "đúng cấp giấy": _YES,
    "đúng tôi đồng ý": _YES,
    "đồng ý nhớ giúp tôi": _YES | {"nhớ giúp tôi"},
    "đồng ý vào lớp": _YES | {"vào"},
    "đồng ý cho tôi xem": _YES,
    "học không cần nhớ": _NO,
    "vào lớp": _YES,
    "xoá tôi chắc chắn": {"có", "chắc", "chắc chắn", "vâng", "đồng ý", "xoá đi"},
    "xoá cả phần trò chuyện": {"có", "vâng", "đồng ý", "xoá", "xoá đi"},
    "đóng lớp tôi chắc chắn": {"có", "chắc", "chắc chắn", "vâng", "đồng ý", "đóng"},
    "giữ lại": {"không", "thôi", "không xoá", "khoan", "bỏ"},
    "bỏ qua": _NO | {"skip"},
    # Hours of reminding
    "sáng 7 giờ": {"buổi sáng", "7h", "7h sáng", "7 giờ sáng", "bảy giờ", "bảy giờ sáng"},
    "trưa 11 giờ": {"buổi trưa", "11h", "11h trưa", "11 giờ trưa", "mười một giờ"},
    "chiều 17 giờ": {"buổi chiều", "17h", "5h chiều", "5 giờ chiều", "năm giờ chiều"},
    "tối 19 giờ": {"buổi tối", "19h", "7h tối", "7 giờ tối", "bảy giờ tối"},
}
LEADING = {"dạ", "da", "vâng", "vang", "thưa", "ừ", "à"}
TRAILING = {"ạ", "a", "nhé", "nhe", "nha", "ơi", "oi", "em", "cháu", "chau", "con", "bạn", "ban", "bot"}
