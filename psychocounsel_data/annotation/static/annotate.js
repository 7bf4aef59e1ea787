// One comparison: every change is sent to the server at once, in order, until it is known to be
// kept. The server has the state; the page only shows it.
"use strict";

const form = document.getElementById("form");
const statusLine = document.getElementById("status");
const hint = document.getElementById("hint");
const comment = document.getElementById("comment");
const skipButton = document.getElementById("skip");
const help = document.getElementById("help");
const keysOn = document.getElementById("keys-on");
const ratings = document.getElementById("ratings");
const address = `${form.dataset.path}/${form.dataset.number}`;

const RETRY_MS = 1500;
const GIVE_UP_WAITING_MS = 10000;
const TYPING_MS = 500;
const IDLE_MS = 120000;
const LONGEST_STEP_MS = 5000;

let revision = Number(form.dataset.revision);
let seconds = Number(form.dataset.seconds);
let skipped = form.dataset.skipped === "yes";
let changed = false; // something is to be sent
let unanswered = null; // what was sent and may or may not have arrived
let sending = null; // the promise of all that is under way
let stopped = false; // sending again would not help
let typing = 0;
let active = performance.now(); // when somebody last moved
let counted = active; // up to when the time on screen is counted

// What the page says

function said() {
  count();
  const given = { a: {}, b: {} };
  for (const one of form.querySelectorAll(".rating input:checked")) {
    const [side, principle] = one.name.split(".");
    if (one.value) given[side][principle] = Number(one.value);
  }
  const preference = form.querySelector("[name=preference]:checked");
  return {
    preference: preference ? Number(preference.value) : null,
    skipped,
    ratings: given,
    unsafe: [form.elements["unsafe-a"].checked, form.elements["unsafe-b"].checked],
    comment: comment.value,
    seconds: Math.round(seconds * 10) / 10,
  };
}

function show(state) {
  for (const one of form.querySelectorAll(".rating input")) {
    const [side, principle] = one.name.split(".");
    one.checked = one.value === String(state.ratings[side][principle] ?? "");
  }
  for (const one of form.querySelectorAll("[name=preference]")) {
    one.checked = one.value === String(state.preference);
  }
  form.elements["unsafe-a"].checked = state.unsafe[0];
  form.elements["unsafe-b"].checked = state.unsafe[1];
  comment.value = state.comment;
  setSkipped(state.skipped);
}

function setSkipped(value) {
  skipped = value;
  skipButton.setAttribute("aria-pressed", String(value));
}

function tell(text, unsaved = false) {
  statusLine.textContent = text;
  statusLine.classList.toggle("unsaved", unsaved);
}

// Sending

function save() {
  clearTimeout(typing);
  typing = 0;
  changed = true;
  hint.textContent = "";
  sending ??= sendAll().finally(() => { sending = null; });
  return sending;
}

async function sendAll() {
  while (changed && !stopped) {
    changed = false;
    await send();
  }
  if (!stopped) tell("✓ Saved");
}

// What got no answer is sent again word for word: the server takes a repetition for what it is, while
// a newer state on an old revision would look like another window's. The newer state follows.
async function send() {
  const repeated = unanswered !== null;
  unanswered ??= JSON.stringify({ said: said(), revision });
  let answer;
  try {
    answer = await fetch(address, {
      method: "PUT",
      headers: { "Content-Type": "application/json" },
      body: unanswered,
      signal: AbortSignal.timeout(GIVE_UP_WAITING_MS),
    });
    if (answer.ok) {
      const kept = await answer.json();
      revision = kept.revision;
      document.getElementById("progress").value = kept.done;
      unanswered = null;
      changed ||= repeated;
      return;
    }
  } catch {
    return again("Not saved: the server does not answer. Trying again …");
  }
  const why = (await answer.text()).slice(0, 400);
  if (answer.status === 403) return again("Not saved: open the new link in this browser. Trying again …");
  if (answer.status >= 500) return again(`Not saved: ${reason(why)} Trying again …`);
  stopped = true;
  tell(`Not saved: ${reason(why)}`, true);
}

function again(text) {
  changed = true;
  tell(text, true);
  return new Promise((resolve) => setTimeout(resolve, RETRY_MS));
}

function reason(text) {
  try {
    return JSON.parse(text).error;
  } catch {
    return text;
  }
}

async function settled() {
  if (typing) save();
  while (sending) await sending;
  return !stopped;
}

async function go(url) {
  if (await settled()) location.assign(url);
}

// What one can do

function next() {
  if (!skipped && !form.querySelector("[name=preference]:checked")) {
    hint.textContent = "Choose one of the five first, or skip this comparison.";
    // The scale is in view already: without this the page would jump to its end.
    form.querySelector("[name=preference]").focus({ preventScroll: true });
    return;
  }
  go(form.dataset.next);
}

function skip() {
  for (const one of form.querySelectorAll("[name=preference]")) one.checked = false;
  setSkipped(true);
  save();
  go(form.dataset.next);
}

async function undo() {
  if (!(await settled())) return;
  let answer;
  try {
    answer = await fetch(`${form.dataset.path}/undo`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: "{}",
    });
  } catch {
    tell("Not undone: the server does not answer.", true);
    return;
  }
  if (!answer.ok) {
    tell(`Not undone: ${reason(await answer.text())}`, true);
    return;
  }
  const undone = await answer.json();
  if (undone.number === null) {
    tell("Nothing to undo");
  } else if (String(undone.number) === form.dataset.number) {
    revision = undone.revision;
    show(undone.said);
    tell("✓ Undone");
  } else {
    location.assign(`${form.dataset.path}/${undone.number}#undone`);
  }
}

function choose(index) {
  const scale = document.activeElement.closest(".rating");
  if (!scale) {
    form.querySelectorAll("[name=preference]")[index].click();
    return;
  }
  const points = scale.querySelectorAll("input");
  points[index + 1].click();
  const scales = [...form.querySelectorAll(".rating")];
  const following = scales[scales.indexOf(scale) + 1];
  if (following) focusScale(following);
  else comment.focus();
}

function focusScale(scale) {
  scale.querySelector("input:checked").focus();
}

function rate() {
  ratings.open = true;
  const scales = [...form.querySelectorAll(".rating")];
  focusScale(scales.find((one) => one.querySelector("input:checked").value === "") ?? scales[0]);
}

const KEYS = {
  Enter: next,
  n: next,
  p: () => go(form.dataset.back),
  s: skip,
  u: undo,
  r: rate,
  a: () => form.elements["unsafe-a"].click(),
  b: () => form.elements["unsafe-b"].click(),
  c: () => comment.focus(),
  "?": () => help.showModal(),
};
for (let index = 0; index < 5; index += 1) KEYS[index + 1] = () => choose(index);

// Listening

form.addEventListener("submit", (event) => event.preventDefault());
form.addEventListener("change", (event) => {
  if (event.target.name === "preference") setSkipped(false);
  save();
});
comment.addEventListener("input", () => {
  clearTimeout(typing);
  typing = setTimeout(save, TYPING_MS);
});
document.getElementById("next").addEventListener("click", next);
document.getElementById("back").addEventListener("click", () => go(form.dataset.back));
document.getElementById("undo").addEventListener("click", undo);
skipButton.addEventListener("click", skip);
document.getElementById("help-button").addEventListener("click", () => help.showModal());

document.addEventListener("keydown", (event) => {
  const target = event.target;
  if (event.defaultPrevented || event.altKey || help.open) return;
  if (target === comment) {
    if (event.key === "Escape") comment.blur();
    return;
  }
  if (event.ctrlKey || event.metaKey) {
    if (event.key === "z" && keysOn.checked) {
      event.preventDefault();
      undo();
    }
    return;
  }
  if (event.key === "Enter" && target.closest("button, a, summary")) return;
  const action = KEYS[event.key];
  if (!action || (!keysOn.checked && event.key !== "Enter")) return;
  event.preventDefault();
  if (!event.repeat) action();
});

addEventListener("beforeunload", (event) => {
  if (typing || sending || stopped) event.preventDefault();
});
addEventListener("visibilitychange", () => {
  if (document.hidden && typing) save();
});
addEventListener("pageshow", (event) => {
  if (event.persisted) location.reload(); // from the browser's memory, where it may be out of date
});

// The single keys can be turned off, for people whose speech input types them (WCAG 2.1.4).

keysOn.checked = localStorage.getItem("pcdata-keys") !== "off";
function applyKeys() {
  localStorage.setItem("pcdata-keys", keysOn.checked ? "on" : "off");
  document.documentElement.classList.toggle("no-keys", !keysOn.checked);
}
keysOn.addEventListener("change", applyKeys);
applyKeys();

// Time on screen: while the page is seen, and somebody has moved in the last two minutes.

function count(seen = !document.hidden) {
  const now = performance.now();
  // No single step is longer: a machine that slept wakes up with hours on its clock.
  const step = Math.min(now - counted, LONGEST_STEP_MS);
  if (seen && now - active < IDLE_MS) seconds += step / 1000;
  counted = now;
}
for (const kind of ["keydown", "pointermove", "pointerdown", "scroll"]) {
  addEventListener(kind, () => { active = performance.now(); }, { passive: true });
}
addEventListener("visibilitychange", () => count(document.hidden)); // it was seen until it is hidden
setInterval(() => count(), 1000);

if (location.hash === "#undone") {
  history.replaceState(null, "", location.pathname);
  tell("✓ Undone");
}

form.dataset.ready = "yes"; // from here on keys and clicks are heard
