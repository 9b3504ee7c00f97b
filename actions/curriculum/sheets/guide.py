"""What the sheet “Hướng dẫn” says, for people who fill in the others."""

from collections.abc import Iterator

from actions.curriculum.sheets.columns import DELETE, DELETE_ALL, MARK, SHEETS

Line = tuple[str, ...]
INTRODUCTION = (
    "Bảng này chứa nội dung của Bạn Số, gồm cả các nháp, lúc được tải về. Sửa xong thì nhập lại ở trang Bảng tính của phần quản trị.",
    "Nhập vào chưa đổi gì ngay: trang ấy cho xem trước sẽ thêm, sửa, xoá những gì, và mọi lỗi kèm cách sửa. Bấm lưu thì thành nháp.",
    "Không cần giữ đủ mọi hàng hay mọi cột: hàng không có trong bảng thì giữ nguyên, cột không có thì mục ấy giữ nguyên.",
    "Không có gì bị xoá, trừ hàng ghi x ở cột Xoá, hoặc khi người nhập tự chọn ô “Xoá những gì không có trong bảng”.",
    "Thêm mục mới: ghi một hàng mới ở cuối, cột Dấu để trống. Cột Dấu giúp máy biết ai đã sửa sau, xin đừng sửa.",
    "Không gộp ô, không dùng công thức. Số điện thoại, ngày, mức tiền không viết thẳng vào nội dung mà viết {{ fact.<mã> }}.",
    "Xuống dòng trong ô: Alt+Enter (máy Mac: Option+Enter). Dạng CSV thì lưu bằng “CSV UTF-8”.",
)
HEADERS: Line = ("Trang", "Cột", "Bắt buộc", "Cách ghi")


def column_lines() -> Iterator[Line]:
    """Yield a line for each column of each sheet."""
    for sheet in SHEETS:
        yield sheet.title, "", "", sheet.about
        for column in sheet.columns:
            is_plain = column.key in (DELETE, DELETE_ALL, MARK)
            yield sheet.title, column.header, "" if is_plain or not column.is_required else "có", column.help


def as_text() -> str:
    """Return the guide as plain text, for the ZIP of CSV files."""
    lines = [*INTRODUCTION, ""]
    for title, header, is_needed, said in column_lines():
        lines.append(f"\n{title}: {said}" if not header else f"- {header}{' (bắt buộc)' if is_needed else ''}: {said}")
    return "\r\n".join(lines) + "\r\n"
