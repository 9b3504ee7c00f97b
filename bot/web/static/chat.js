// The web chat. A message is kept on this phone until the service has answered it, and is
// sent again under the same id, so that it is never lost and never doubled.
"use strict";

const RETRY_SECONDS = [1, 2, 4, 8, 15, 30];
const REQUEST_SECONDS = 20;
const REMEMBERED_ENTRIES = 60;
const LOW_CHARACTERS = 100;
const WAITING_SECONDS = 60;
const KEYS = {
  sender: "banso.sender", pending: "banso.pending", transcript: "banso.transcript", large: "banso.large", remembered: "banso.remembered",
  waits: "banso.waits", address: "banso.address",
};
const SENDING = "Đang gửi…";
const KEPT = "Chưa gửi được. Tin vẫn được giữ, có mạng sẽ tự gửi lại.";
const KEPT_SLOWLY = "Tin vẫn được giữ và sẽ tự gửi lại.";
const UNTIL_THEN = "Trong lúc chờ: đừng chuyển thêm tiền, gọi ngay ngân hàng theo số in sau thẻ.";
// The plainest cries for help, without diacritics; the service knows many more.
const CRY = /\b(khan ?cap|cuu (toi|em|voi|con|chau|minh)|sos|(vua|da|moi|bi) (bi )?(lua|gat)|mat (het |sach |sach het )?tien)\b/;
const log = document.getElementById("log");
const form = document.getElementById("form");
const box = document.getElementById("text");
const larger = document.getElementById("larger");
const statusLine = document.getElementById("status");

// Private windows may forbid storage; the chat then works until the page is closed.
const memory = new Map();
function load(storage, key, fallback) {
  try {
    const value = window[storage].getItem(key);
    if (value !== null) return JSON.parse(value);
  } catch { /* read from memory */ }
  return memory.has(key) ? memory.get(key) : fallback;
}
function save(storage, key, value) {
  memory.set(key, value);
  try { window[storage].setItem(key, JSON.stringify(value)); } catch { /* kept in memory */ }
}
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

let sender = load("localStorage", KEYS.sender, null);
if (!sender) { sender = randomId(); save("localStorage", KEYS.sender, sender); }
let isRemembered = load("localStorage", KEYS.remembered, false);
let isLargeByService = false;
let pending = load("localStorage", KEYS.pending, []);
let transcript = load("sessionStorage", KEYS.transcript, []);
let request = null;
let retryTimer = null;
let latest = null;
let publicAddress = load("localStorage", KEYS.address, "");

// Another tab may have unsent messages too, so what is stored is changed, not replaced.
function changePending(change) {
  pending = change(pending);
  save("localStorage", KEYS.pending, change(load("localStorage", KEYS.pending, [])));
}
function saveTranscript() {
  transcript = transcript.slice(-REMEMBERED_ENTRIES);
  save("sessionStorage", KEYS.transcript, transcript);
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text) made.textContent = text;
  return made;
}
function setStatus(text) {
  if (statusLine.textContent !== text) statusLine.textContent = text;
}
function bubbleOf(id) { return log.querySelector(`[data-id="${id}"]`); }

// The beginning of what is new is shown, so that nobody has to scroll back to read it.
function showLatest() {
  if (!latest) return;
  latest.scrollIntoView({ block: "start" });
  if (latest === log.firstElementChild) window.scrollTo(0, 0); // The greeting, below the heading.
}
function showMine(entry) {
  const bubble = element("div", "bubble mine");
  bubble.dataset.id = entry.id;
  bubble.append(element("span", "who", "Bạn: "), element("span", "said", entry.mine), element("span", "state"));
  log.append(bubble);
  latest = bubble;
  showLatest();
  if (entry.failure) setState(entry.id, entry.failure, true);
}
function setState(id, text, isFailed = false) {
  const bubble = bubbleOf(id);
  if (!bubble) return;
  const state = bubble.querySelector(".state");
  bubble.classList.toggle("failed", isFailed);
  // Written again, it would be read out again at every attempt.
  if (state.textContent !== text) state.textContent = text;
}
// Only the service's own pages can be tapped: this page's address, and the one it is known by.
function isOwn(address) {
  const bases = [new URL(".", location.href).href, publicAddress && `${publicAddress}/`];
  return bases.some((base) => base && address.startsWith(base));
}
function withLinks(text) {
  return text.split(/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)])/).map((part, index) => {
    if (index % 2 === 0 || !isOwn(part)) return document.createTextNode(part);
    const link = element("a", "", part);
    link.href = part;
    link.target = "_blank"; // The conversation stays open behind it.
    link.rel = "noopener";
    return link;
  });
}
function replyBubble(text) {
  const bubble = element("div", "bubble");
  const start = text.search(/^Nguồn: /m);
  const said = start < 0 ? text : text.slice(0, start).trimEnd();
  const words = element("span", "said");
  words.append(...withLinks(said));
  bubble.append(element("span", "who", "Bạn Số: "), words);
  if (start >= 0) bubble.append(element("span", "source", text.slice(start)));
  return bubble;
}
function pictureBubble(image) {
  const bubble = element("div", "bubble picture");
  const picture = element("img");
  picture.alt = image.alt;
  picture.src = image.path.replace(/^\//, "");
  picture.addEventListener("load", showLatest); // Its height moves what is below.
  picture.addEventListener("error", () => bubble.replaceChildren(element("span", "said", image.alt)));
  const whole = element("a");
  whole.href = picture.src;
  whole.target = "_blank";
  whole.rel = "noopener";
  whole.append(picture);
  bubble.append(whole);
  return bubble;
}
function choiceList(choices, firstNumber) {
  const list = element("ul", "choices");
  choices.forEach((choice, index) => {
    const isUrgent = choice.value === "emergency";
    const button = element("button", isUrgent ? "urgent" : "", `${firstNumber + index}. ${choice.label}`);
    button.type = "button";
    button.addEventListener("click", () => send({ choice: choice.value }, choice.label));
    const item = element("li");
    item.append(button);
    list.append(item);
  });
  return list;
}
// An answer stands below its question, also when more was asked before the network came back.
function showReplies(replies, question) {
  const made = [];
  let number = 1;
  for (const reply of replies) {
    made.push(replyBubble(reply.text));
    if (reply.image) made.push(pictureBubble(reply.image));
    if (!reply.choices.length) continue;
    made.push(choiceList(reply.choices, number));
    number += reply.choices.length;
  }
  if (question) question.after(...made);
  else log.append(...made);
  latest = made[0];
  showLatest();
}

function fold(text) {
  const plain = text.toLowerCase().normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/g, "d");
  return plain.replace(/[^a-z0-9]+/g, " ").trim();
}
// The service keeps the menu of a sender's last turn; the greeting is no turn, so its numbers
// and words are understood here.
function contentOf(text) {
  const last = transcript[transcript.length - 1];
  const choices = last && last.isGreeting ? last.replies.flatMap((reply) => reply.choices) : [];
  const words = fold(text);
  const number = words.match(/^(?:chon )?(?:so )?(\d{1,2})$/);
  const choice = number ? choices[number[1] - 1] : choices.find((other) => fold(other.label) === words);
  return choice ? { choice: choice.value } : { text };
}
function isUrgent({ choice, text }) {
  return choice === "emergency" || CRY.test(fold(text || ""));
}
function send(content, shownText) {
  if (content.choice && content.choice.startsWith("ask-me:")) save("localStorage", KEYS.waits, true);
  const message = { id: randomId(), content, text: shownText };
  const entry = { id: message.id, mine: shownText };
  changePending((messages) => [...messages, message]);
  transcript.push(entry);
  saveTranscript();
  showMine(entry);
  setState(message.id, SENDING);
  deliver(0);
}
async function post(message) {
  request = new AbortController();
  const timer = setTimeout(() => request.abort(), REQUEST_SECONDS * 1000);
  try {
    const response = await fetch("api/chat", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ sender, message_id: message.id, ...message.content }),
      signal: request.signal,
    });
    const body = await response.json();
    if (body.replies) return { replies: body.replies, told: body };
    if (response.status === 429) {
      const seconds = Math.min(Number(response.headers.get("Retry-After")) || 60, 60);
      return { seconds, reason: `${body.detail} ${KEPT_SLOWLY}` };
    }
    if (response.status < 500) return { refusal: body.detail || "Tin này không gửi được. Bạn thử viết lại nhé." };
    return { isFault: true };
  } catch {
    return {}; // No network, or a broken answer.
  } finally {
    clearTimeout(timer);
    request = null;
  }
}
async function deliver(attempt) {
  if (request || !pending.length) return;
  clearTimeout(retryTimer);
  // A cry for help goes first; a message that the service stumbles over lets the others go first.
  const message = pending.find((other) => isUrgent(other.content) && !other.faults)
    || pending.reduce((best, other) => ((other.faults || 0) < (best.faults || 0) ? other : best));
  const result = await post(message);
  if (!pending.includes(message)) { deliver(0); return; } // Cleared in the meantime.
  if (result.replies || result.refusal) {
    finish(message, result);
    deliver(0);
    return;
  }
  if (result.isFault) message.faults = (message.faults || 0) + 1;
  for (const kept of pending) {
    const hint = isUrgent(kept.content) ? `\n${UNTIL_THEN}` : "";
    setState(kept.id, (result.reason || KEPT) + hint, true);
  }
  if (result.reason) setStatus("");
  else setStatus(navigator.onLine ? "Mạng yếu, đang gửi lại…" : "Máy đang mất mạng.");
  const last = bubbleOf(pending[pending.length - 1].id);
  if (attempt === 0 && last) last.scrollIntoView({ block: "nearest" });
  const seconds = result.seconds || RETRY_SECONDS[Math.min(attempt, RETRY_SECONDS.length - 1)];
  retryTimer = setTimeout(() => deliver(attempt + 1), seconds * 1000);
}
// What the service tells beside its replies: who is remembered, large letters, or that all is erased.
function heed({ remembered, large_text: isLarge, erased }, bubble) {
  if (erased) {
    while (bubble && log.firstChild !== bubble) log.firstChild.remove();
    forget({ keepsSender: remembered }); // Somebody else may still learn at this phone.
  }
  if (remembered && isLarge !== undefined && isLarge !== isLargeByService) {
    isLargeByService = isLarge;
    setLarge(isLarge);
  }
  isRemembered = Boolean(remembered);
  save("localStorage", KEYS.remembered, isRemembered);
}
function finish(message, { replies, refusal, told }) {
  changePending((messages) => messages.filter((other) => other.id !== message.id));
  setStatus("");
  const index = transcript.findIndex((entry) => entry.id === message.id);
  if (refusal) {
    setState(message.id, refusal, true);
    if (index >= 0) transcript[index].failure = refusal;
  } else {
    setState(message.id, "");
    showReplies(replies, bubbleOf(message.id));
    transcript.splice(index < 0 ? transcript.length : index + 1, 0, { replies });
  }
  saveTranscript();
  if (told) heed(told, bubbleOf(message.id));
}

function fitBox() {
  box.style.height = "";
  if (box.value) box.style.height = `${box.scrollHeight + 4}px`;
}
function submit() {
  const text = box.value.trim();
  box.focus();
  if (!text) return;
  box.value = "";
  fitBox();
  setStatus("");
  send(contentOf(text), text);
}
form.addEventListener("submit", (event) => { event.preventDefault(); submit(); });
box.addEventListener("keydown", (event) => {
  // Enter may also end a word of a Vietnamese input method; Safari tells only by the code 229.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
  event.preventDefault();
  submit();
});
box.addEventListener("input", () => {
  fitBox();
  const left = box.maxLength - box.value.length;
  if (left === 0) setStatus(`Đã đủ ${box.maxLength} ký tự, không gõ thêm được. Bạn gửi phần này trước nhé.`);
  else if (left <= LOW_CHARACTERS) setStatus(`Còn gõ được ${left} ký tự.`);
  else if (!pending.length) setStatus("");
});

function setLarge(isLarge) {
  document.documentElement.classList.toggle("large", isLarge);
  larger.setAttribute("aria-pressed", String(isLarge));
  save("localStorage", KEYS.large, isLarge);
  fitBox();
  showLatest();
}
// Nothing that was said stays on this phone; unless a learner stays, the next message comes from somebody new.
function forget({ keepsSender }) {
  changePending(() => []);
  transcript = [];
  saveTranscript();
  if (!keepsSender) sender = randomId();
  save("localStorage", KEYS.sender, sender);
}
function clearAll() {
  const kept = isRemembered ? "\nViệc học đã ghi nhớ vẫn còn. Muốn xoá hẳn thì gõ /xoadulieu." : "";
  if (!confirm(`Xoá cuộc trò chuyện trên máy này?${kept}`)) return;
  clearTimeout(retryTimer);
  if (request) request.abort();
  forget({ keepsSender: isRemembered });
  latest = null;
  log.textContent = "";
  setStatus("");
  greet();
}
// Large letters are this page's own; short sentences are the service's, so they are offered beside.
function offerSentences(isLarge) {
  document.querySelectorAll(".offer").forEach((old) => old.remove());
  if (isLarge === isLargeByService) return;
  const [words, label, value] = isLarge
    ? ["Đã bật chữ to. Bạn có muốn tôi nói câu ngắn, từng ý một không?", "Chữ to, câu ngắn", "large:on"]
    : ["Đã về chữ thường. Bạn có muốn tôi nói câu đủ như trước không?", "Chữ thường, câu đủ", "large:off"];
  const offer = element("div", "offer");
  const button = element("button", "", label); // Without a number: those above still mean what they say.
  button.type = "button";
  button.addEventListener("click", () => { offer.remove(); send({ choice: value }, label); });
  offer.append(element("p", "", words), button);
  log.append(offer);
  offer.scrollIntoView({ block: "nearest" });
}
larger.addEventListener("click", () => {
  const isLarge = larger.getAttribute("aria-pressed") !== "true";
  setLarge(isLarge);
  offerSentences(isLarge);
});
document.getElementById("clear").addEventListener("click", clearAll);
document.getElementById("emergency").addEventListener("click", () => send({ choice: "emergency" }, "Tôi vừa bị lừa"));
window.addEventListener("online", () => deliver(0));
const isLow = window.matchMedia("(max-height: 420px)");
if (isLow.addEventListener) isLow.addEventListener("change", showLatest);

// Reminders and the like, which the service says of its own accord.
async function askWaiting() {
  if (document.hidden || !(isRemembered || load("localStorage", KEYS.waits, false))) return;
  try {
    const response = await fetch("api/waiting", {
      method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify({ sender }),
    });
    const { replies } = await response.json();
    if (!replies || !replies.length) return;
    showReplies(replies);
    transcript.push({ replies });
    saveTranscript();
  } catch { /* the next minute is soon enough */ }
}
// A class's QR code opens the page with the code of the class.
function joinClass() {
  const code = new URLSearchParams(location.search).get("lop");
  if (!code || !/^[0-9A-Za-z]{4,16}$/.test(code)) return;
  history.replaceState(null, "", location.pathname);
  send({ choice: `ask-join:${code.toUpperCase()}` }, "Vào lớp học");
}
// Tells the greeting, and by which address the service's own pages are named.
async function askWelcome() {
  const response = await fetch("api/welcome");
  const body = await response.json();
  if (body.public_url) {
    publicAddress = body.public_url;
    save("localStorage", KEYS.address, publicAddress);
  }
  return body.replies;
}
async function greet() {
  if (isRemembered) { send({ choice: "welcome" }, "Chào Bạn Số"); return; }
  let replies = [{ text: "Chào bạn, tôi là Bạn Số, trợ lý tự động (không phải người thật). Bạn gõ câu hỏi ở ô dưới nhé.", choices: [] }];
  let isGreeting = false;
  try {
    const welcome = await askWelcome();
    if (welcome) { replies = welcome; isGreeting = true; }
  } catch { /* the greeting above is good enough */ }
  if (log.children.length) return; // Who writes first is answered, not greeted.
  showReplies(replies);
  if (!isGreeting) return;
  transcript.push({ replies, isGreeting });
  saveTranscript();
}
function start() {
  setLarge(load("localStorage", KEYS.large, false));
  for (const entry of transcript) {
    if (entry.mine) showMine(entry);
    else showReplies(entry.replies);
  }
  for (const message of pending) {
    if (!bubbleOf(message.id)) showMine({ id: message.id, mine: message.text });
    setState(message.id, SENDING);
  }
  joinClass();
  if (isRemembered || log.children.length) askWelcome().catch(() => { /* links are made when it is known */ });
  if (!log.children.length) greet();
  deliver(0);
  askWaiting();
  setInterval(askWaiting, WAITING_SECONDS * 1000);
  document.addEventListener("visibilitychange", askWaiting);
}
start();
