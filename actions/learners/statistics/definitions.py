"""What each number means, in one sentence; shown beside it on the page, in CSV, XLSX and PDF alike."""

from typing import NamedTuple


class Definition(NamedTuple):
    """The title of a number, and its meaning."""

    title: str
    meaning: str


DEFINITIONS: dict[str, Definition] = {
    "people": Definition(
        "Số người",
        "Số địa chỉ trò chuyện khác nhau đã nhắn hoặc bấm ít nhất một lần trong kỳ, kể cả khách chưa đồng ý cho nhớ; một người dùng"
        " hai kênh được đếm hai lần, nhiều người chung một máy được đếm một lần. Khi lọc theo lớp: số người trong lớp có học trong kỳ.",
    ),
    "new": Definition("Người mới", "Trong số người của kỳ, những người trước đó chưa từng đến."),
    "returning": Definition("Người quay lại", "Trong số người của kỳ, những người đã đến vào ít nhất hai ngày khác nhau trong kỳ."),
    "people_by_day": Definition("Số người theo ngày", "Số người khác nhau đã đến trong mỗi ngày, theo giờ Việt Nam."),
    "people_by_week": Definition(
        "Số người theo tuần", "Số người khác nhau đã đến trong mỗi tuần, từ thứ Hai đến Chủ nhật; tuần đầu và tuần cuối tính trong kỳ."
    ),
    "people_by_channel": Definition("Số người theo kênh", "Số người khác nhau trên mỗi kênh; cộng các kênh lại bằng số người của kỳ."),
    "people_by_path": Definition(
        "Số người theo lộ trình",
        "Số người khác nhau đã đến khi đang ở mỗi lộ trình; ai đổi lộ trình trong kỳ được đếm ở cả hai, người chưa chọn có dòng riêng.",
    ),
    "started": Definition("Bắt đầu học", "Số bài được mở ở bước 1 lần đầu trong kỳ; mỗi người tính một lần cho mỗi bài, khách không tính."),
    "started_people": Definition("Người bắt đầu học", "Số người học khác nhau đã bắt đầu ít nhất một bài mới trong kỳ."),
    "finished": Definition("Học hết bài", "Số bài mà người học đã xem đến bước cuối lần đầu trong kỳ; mỗi người tính một lần cho mỗi bài."),
    "finished_people": Definition("Người học hết bài", "Số người học khác nhau đã học hết ít nhất một bài trong kỳ."),
    "passed": Definition(
        "Qua câu đố", "Số bài mà người học đã qua câu đố lần đầu trong kỳ, kể cả khi không học bài; mỗi người tính một lần cho mỗi bài."
    ),
    "passed_people": Definition("Người qua câu đố", "Số người học khác nhau đã qua câu đố của ít nhất một bài trong kỳ."),
    "learning_by_time": Definition("Học tập theo thời gian", "Số bài được bắt đầu, học hết và qua câu đố trong mỗi ngày hay mỗi tuần."),
    "by_path": Definition("Theo lộ trình", "Tính theo lộ trình mà người học đang ở khi bắt đầu bài."),
    "by_channel": Definition("Theo kênh", "Tính theo kênh mà người học dùng khi bắt đầu bài."),
    "by_lesson": Definition("Theo bài học", "Số người bắt đầu, học hết và qua câu đố của từng bài; mỗi người tính một lần cho mỗi bài."),
    "by_class": Definition(
        "Theo lớp",
        "Trong số người của lớp, bao nhiêu người đã bắt đầu, học hết, qua câu đố của ít nhất một bài trong kỳ, ở lớp hay tự học;"
        " chỉ có lớp từ 5 người, ai ở hai lớp được tính ở cả hai.",
    ),
    "funnel": Definition(
        "Học đến đâu",
        "Trong số người bắt đầu bài trong kỳ, bao nhiêu người đã tới từng bước, học hết, thử câu đố và qua câu đố, tính đến nay.",
    ),
    "stopped_at": Definition("Dừng ở bước", "Số người bắt đầu bài trong kỳ mà bước xa nhất là bước này và chưa học hết bài."),
    "questions": Definition(
        "Lượt trả lời", "Số lượt bot đưa ra câu trả lời, do gõ câu hỏi hoặc bấm nút, kể cả bấm xem thêm; đếm lượt, không đếm người."
    ),
    "questions_by_time": Definition("Lượt trả lời theo thời gian", "Số lượt bot đưa ra câu trả lời trong mỗi ngày hay mỗi tuần."),
    "topics": Definition("Chủ đề được hỏi", "Số lượt trả lời của mỗi chủ đề."),
    "answers": Definition("Câu trả lời được xem", "Số lượt của mỗi câu trả lời."),
    "unanswered": Definition(
        "Chưa trả lời được", "Số câu hỏi bot chưa hiểu, cộng số lần người hỏi bấm “Không phải các ý trên” hoặc “Chưa đúng ý tôi”."
    ),
    "unknown": Definition("Chưa hiểu", "Số câu hỏi mà bot nói là chưa hiểu."),
    "suggested": Definition("Đã gợi ý", "Số câu hỏi mà bot chưa chắc nên đưa ra vài ý để chọn, dù sau đó có chọn hay không."),
    "declined": Definition("Từ chối gợi ý", "Số lần người hỏi bấm “Không phải các ý trên” sau khi được gợi ý."),
    "thumbs_down": Definition("Chưa đúng ý", "Số lần người hỏi bấm “Chưa đúng ý tôi” sau một câu trả lời."),
    "unanswered_by_time": Definition(
        "Chưa trả lời được theo thời gian", "Bốn loại ở trên, đếm trong mỗi ngày hay mỗi tuần; “Đã gợi ý” không nằm trong tổng số."
    ),
    "unanswered_topics": Definition("Chủ đề chưa trả lời được", "Chủ đề của ý mà bot đoán gần nhất, hoặc của câu trả lời bị chê."),
    "unanswered_answers": Definition(
        "Câu trả lời đoán gần nhất hoặc bị chê", "Câu mà bot đoán gần nhất khi chưa chắc, hoặc đã đưa ra mà người hỏi bấm chưa đúng ý."
    ),
    "turns": Definition("Số lượt", "Số tin nhắn và lần bấm của người dân mà bot đã xử lý trong kỳ."),
    "outcomes": Definition("Kết quả các lượt", "Mỗi tin nhắn hoặc lần bấm là một lượt; mỗi lượt kết thúc bằng đúng một kết quả."),
    "summary": Definition("Tóm tắt", "Số của tháng này đặt cạnh số của tháng trước."),
    "quiz_items": Definition(
        "Câu đố theo tỷ lệ sai", "Những câu đố có ít nhất 20 người trả lời lần đầu trong kỳ, câu sai nhiều nhất đứng trước."
    ),
    "quiz_people": Definition("Số người trả lời", "Số người học có lần trả lời đầu tiên cho câu đố này nằm trong kỳ."),
    "wrong_percent": Definition(
        "Tỷ lệ sai", "Số người chọn sai ở lần trả lời đầu tiên, chia cho số người trả lời; những lần làm lại và ôn tập không tính."
    ),
    "most_chosen_wrong": Definition("Lựa chọn sai nhiều nhất", "Lựa chọn sai có nhiều người chọn nhất ở lần trả lời đầu tiên."),
    "hidden": Definition(
        "Số bị ẩn",
        "Số của nhóm 1 đến 4 người được ẩn để không ai bị nhận ra; khi cần, ẩn thêm một số khác để không suy ra được bằng phép trừ.",
    ),
    "left_out": Definition("Không tính", "Người làm việc ở trang quản trị, khi đã đánh dấu là đang thử bot, không có trong số nào."),
    "not_kept": Definition(
        "Không lưu theo cách lọc này",
        "Bot không giữ ai đã hỏi gì, nên số câu hỏi không tách theo lớp và số người không tách theo chủ đề.",
    ),
}
