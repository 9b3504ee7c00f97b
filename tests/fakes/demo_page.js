"use strict";
// Three phones side by side; what they show is asked for twice a second.
const EVERY_MS = 500;
const phones = new Map();

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

async function act(phone, action, value) {
  phone.problem.textContent = "";
  try {
    const answer = await fetch("act", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ phone: phone.name, action, value }),
    });
    if (!answer.ok) phone.problem.textContent = (await answer.json()).detail || "Không làm được.";
  } catch {
    phone.problem.textContent = "Trang thử đã dừng.";
  }
  await look();
}

function makePhone(shown) {
  const section = document.getElementById("phone").content.cloneNode(true).firstElementChild;
  const find = (selector) => section.querySelector(selector);
  const phone = { name: shown.name, log: find(".log"), calls: find(".calls"), problem: find(".problem"), seen: "", called: "" };
  const input = find("input");
  section.classList.add(shown.name);
  find("h2").textContent = shown.title;
  find(".note").textContent = shown.note;
  phone.log.setAttribute("aria-label", `Cuộc trò chuyện trên ${shown.title}`);
  phone.calls.setAttribute("aria-label", `Lời gọi tới ${shown.title}`);
  input.setAttribute("aria-label", `Tin nhắn trên ${shown.title}`);
  input.placeholder = "Nhập tin nhắn";
  find("form").addEventListener("submit", (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    act(phone, "text", text);
  });
  for (const [action, label] of Object.entries(shown.actions)) {
    const button = element("button", "", label);
    button.type = "button";
    button.addEventListener("click", () => act(phone, action));
    find(".actions").append(button);
  }
  document.getElementById("phones").append(section);
  return phone;
}

function tapButton(phone, button) {
  const made = element("button", "", button.label);
  made.type = "button";
  made.addEventListener("click", () => act(phone, "tap", button));
  return made;
}

function pollParts(phone, poll) {
  const isOpen = poll.vote === undefined;
  const options = poll.options.map((text, place) => {
    const isRight = !isOpen && poll.right.includes(place);
    const button = element("button", "option", isRight ? `✓ ${text}` : text);
    button.type = "button";
    button.disabled = !isOpen;
    if (isRight) button.classList.add("right");
    else if (!isOpen && poll.vote === place) button.classList.add("wrong");
    button.addEventListener("click", () => act(phone, "vote", { poll: poll.id, option: place }));
    return button;
  });
  const explanation = !isOpen && poll.explanation ? [element("p", "explanation", poll.explanation)] : [];
  return [element("p", "", `Câu đố: ${poll.question}`), ...options, ...explanation];
}

function bubble(phone, entry) {
  if (entry.side === "note") return element("p", "memo", entry.text);
  if (entry.side === "me") return element("div", "me", entry.text);
  const made = element("div", "bot");
  if (entry.picture) {
    const image = element("img");
    image.src = entry.picture;
    image.alt = "Hình bot gửi";
    made.append(image);
  }
  if (entry.text) made.append(element("p", "", entry.text));
  if (entry.poll) made.append(...pollParts(phone, entry.poll));
  for (const row of entry.rows || []) {
    const line = element("div", "row");
    line.append(...row.map((button) => tapButton(phone, button)));
    made.append(line);
  }
  return made;
}

function callLine(line) {
  return element("li", /^(0|200) /.test(line) ? "" : "refused", line);
}

// Drawn again only where something changed, so that a button keeps the focus.
function update(phone, shown) {
  const seen = JSON.stringify(shown.timeline);
  if (seen !== phone.seen) {
    phone.seen = seen;
    phone.log.replaceChildren(...shown.timeline.map((entry) => bubble(phone, entry)));
    phone.log.scrollTop = phone.log.scrollHeight;
  }
  const called = JSON.stringify(shown.calls);
  if (called !== phone.called) {
    phone.called = called;
    phone.calls.replaceChildren(...shown.calls.map(callLine));
    phone.calls.scrollTop = phone.calls.scrollHeight;
  }
}

async function look() {
  let state;
  try {
    state = await (await fetch("state")).json();
  } catch {
    document.getElementById("service").textContent = "trang thử đã dừng";
    return;
  }
  document.getElementById("service").textContent = state.service;
  for (const shown of state.phones) {
    if (!phones.has(shown.name)) phones.set(shown.name, makePhone(shown));
    update(phones.get(shown.name), shown);
  }
}

async function keepLooking() {
  await look();
  setTimeout(keepLooking, EVERY_MS);
}
keepLooking();
