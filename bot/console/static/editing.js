"use strict";
// Counters below the fields, facts put in where the cursor stands, a list that narrows while one types. All work without it too.
(() => {
  let last = null;
  const folded = (text) => text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const count = (field) => {
    const limit = Number(field.dataset.max);
    let note = field.parentElement.querySelector(".counter");
    if (!note) {
      note = document.createElement("span");
      note.className = "counter";
      field.after(note);
    }
    const length = field.value.normalize("NFC").trim().length;
    note.textContent = `${length}/${limit} ký tự`;
    note.classList.toggle("over", length > limit);
  };
  const countLines = () => {
    for (const note of document.querySelectorAll("[data-count-lines]")) {
      const lines = document.getElementById(note.dataset.countLines).value.split("\n").map((line) => line.trim()).filter(Boolean);
      const seen = new Set();
      const doubles = lines.filter((line) => seen.has(folded(line)) || !seen.add(folded(line)));
      note.textContent = `${lines.length} ví dụ` + (doubles.length ? `; trùng: ${doubles.slice(0, 3).join("; ")}` : "");
    }
  };
  const fields = () => document.querySelectorAll("[data-max]");
  fields().forEach(count);
  countLines();
  document.addEventListener("input", (event) => {
    if (event.target.dataset.max) count(event.target);
    if (event.target.id === "examples") countLines();
    if (event.target.dataset.filter) {
      const wanted = folded(event.target.value);
      for (const row of document.getElementById(event.target.dataset.filter).children) row.hidden = !folded(row.textContent).includes(wanted);
      event.stopPropagation();
    }
  });
  document.addEventListener("focusin", (event) => {
    if (event.target.matches(".fields textarea, .fields input[type=text]") && !event.target.dataset.filter) last = event.target;
  });
  document.addEventListener("click", (event) => {
    const text = event.target.dataset && event.target.dataset.insert;
    if (!text || !last) return;
    last.setRangeText(text, last.selectionStart, last.selectionEnd, "end");
    last.focus();
    last.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
