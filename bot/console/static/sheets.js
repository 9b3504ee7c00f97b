"use strict";
// A file that is too large is told before it is sent; while one is read, the button cannot be pressed twice.
const form = document.getElementById("gui");
if (form) {
  const file = document.getElementById("file"), warning = document.getElementById("qua-lon"), button = form.querySelector("button");
  const check = () => {
    warning.hidden = !file.files.length || file.files[0].size <= Number(form.dataset.maxBytes);
    return warning.hidden;
  };
  file.addEventListener("change", check);
  form.addEventListener("submit", (event) => {
    if (!check()) { event.preventDefault(); file.focus(); return; }
    button.disabled = true;
    document.getElementById("dang-doc").textContent = "Đang đọc bảng, có thể mất vài giây…";
  });
  window.addEventListener("pageshow", () => { button.disabled = false; });
}
