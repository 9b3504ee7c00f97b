"use strict";
// On a phone the list of pages begins closed; where something went wrong, the reader is led there.
const list = document.getElementById("danh-muc");
if (list && window.matchMedia("(max-width: 999px)").matches) list.open = false;
const failed = document.querySelector("#loi");
if (failed) failed.focus();
// Where a part of a page could not be fetched, the reader must know that what they see may be old.
const line = document.getElementById("mang");
const tell = (text) => { line.textContent = text; line.hidden = !text; };
document.addEventListener("htmx:sendError", () => tell("Mất mạng: chưa gửi được. Chữ bạn gõ vẫn còn trên trang; khi có mạng hãy làm lại."));
document.addEventListener("htmx:responseError", () => tell("Máy chủ chưa làm được việc vừa rồi. Chữ bạn gõ vẫn còn trên trang; hãy thử lại sau ít phút."));
document.addEventListener("htmx:afterRequest", (event) => { if (event.detail.successful) tell(""); });
