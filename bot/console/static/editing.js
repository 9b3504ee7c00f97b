"use strict";
// Counters below the fields, facts put in where the cursor stands, a list that narrows while one types,
// a preview that follows the field. All of the writing works without it too.
(() => {
  let last = null;
  const folded = (text) => text.toLowerCase().replace(/đ/g, "d").normalize("NFD").replace(/[\u0300-\u036f]/g, "");
  const filled = (text) => {
    let said = text.replace(/\{\{\s*[bB]an\s*\}\}/g, "bạn");
    for (const fact of document.querySelectorAll("[data-insert]")) said = said.split(fact.dataset.insert).join(fact.textContent);
    return said;
  };
  const count = (field) => {
    const limit = Number(field.dataset.max);
    let note = field.parentElement.querySelector(".counter");
    if (!note) {
      note = document.createElement("span");
      note.className = "counter";
      field.after(note);
    }
    const length = filled(field.value.normalize("NFC").trim()).length;
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
  // Each field that a problem is about says so, and says the problem.
  const markProblems = () => {
    for (const field of document.querySelectorAll("[data-marked]")) {
      field.removeAttribute("aria-invalid");
      field.removeAttribute("data-marked");
      field.parentElement.querySelector(".field-problem")?.remove();
    }
    for (const link of document.querySelectorAll("[data-problem]")) {
      const field = document.getElementById(link.dataset.problem);
      if (!field || !field.matches("input, textarea, select")) continue;
      let note = field.parentElement.querySelector(".field-problem");
      if (!note) {
        note = document.createElement("span");
        note.className = "field-problem";
        field.parentElement.append(note);
      }
      note.textContent += `${note.textContent ? " " : ""}${link.nextElementSibling.textContent}.`;
      field.setAttribute("aria-invalid", "true");
      field.setAttribute("data-marked", "");
    }
  };
  const refresh = () => {
    document.querySelectorAll("[data-max]").forEach(count);
    countLines();
    markProblems();
  };
  // The preview shows the part that comes from the field which is being written.
  const follow = (field) => {
    const side = document.querySelector(".side");
    const parts = [...document.querySelectorAll("[data-part]")];
    const nearest = (name) => name && (parts.find((part) => part.dataset.part === name) || nearest(name.replace(/\.?[^.]*$/, "")));
    const part = nearest(field.id);
    if (part && getComputedStyle(side).position === "sticky") side.scrollTop += part.getBoundingClientRect().top - side.getBoundingClientRect().top - 90;
  };
  const openAround = (field) => {
    for (let box = field?.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  };
  refresh();
  if (location.hash) {
    const field = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    openAround(field);
    field?.focus();
  }
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.target.id === "ai-dang-mo") return;
    refresh();
  });
  document.addEventListener("input", (event) => {
    if (event.target.dataset.max) count(event.target);
    if (event.target.id === "examples") countLines();
    if (event.target.dataset.filter) {
      const wanted = folded(event.target.value);
      for (const row of document.getElementById(event.target.dataset.filter).children) row.hidden = !folded(row.textContent).includes(wanted);
    }
  });
  document.addEventListener("focusin", (event) => {
    if (!event.target.matches(".fields textarea, .fields input") || event.target.dataset.filter) return;
    last = event.target;
    follow(event.target);
  });
  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-problem]");
    if (link) {
      const field = document.getElementById(link.dataset.problem);
      openAround(field);
      if (field) {
        event.preventDefault();
        field.focus();
        field.scrollIntoView({ block: "center" });
      }
    }
    const text = event.target.dataset.insert;
    if (!text || !last || !last.setRangeText) return;
    last.setRangeText(text, last.selectionStart, last.selectionEnd, "end");
    last.focus();
    last.dispatchEvent(new Event("input", { bubbles: true }));
  });
})();
