"use strict";
// On a phone the list of pages begins closed; where something went wrong, the reader is led there.
const list = document.getElementById("danh-muc");
if (list && window.matchMedia("(max-width: 999px)").matches) list.open = false;
const failed = document.querySelector("#loi");
if (failed) failed.focus();
