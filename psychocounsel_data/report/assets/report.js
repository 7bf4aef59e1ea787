"use strict";
// The page's two halves: figures, drawn when they come into view, and the browser of pairs. Data is
// text and is only ever put into the page as text.

const by = (id) => document.getElementById(id);

const whole = new Promise((done) => {
  if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", done, { once: true });
  else done();
});

// An element that may not have been read yet: most of the page stands behind this script.
async function present(find) {
  if (!find()) await whole;
  return find();
}

async function unpacked(element) {
  const packed = atob(element.textContent.trim());
  const bytes = new Uint8Array(packed.length);
  for (let at = 0; at < packed.length; at++) bytes[at] = packed.charCodeAt(at);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).json();
}

// --- figures ---------------------------------------------------------------------------------

// The plotting library is large, so it is read when the first figure comes near the window. What
// follows it in the page tells that it is there to its end.
let plotly = null;

async function readPlotly() {
  const source = await present(() => (by("plotly")?.nextElementSibling ? by("plotly") : null)) ?? by("plotly");
  const script = document.createElement("script");
  script.textContent = source.textContent;
  document.head.append(script);
}

function drawFigures() {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const colours = () => {
    const style = getComputedStyle(document.documentElement);
    const of = (name) => style.getPropertyValue(name).trim();
    const axis = { gridcolor: of("--line"), zerolinecolor: of("--line"), linecolor: of("--edge"), tickcolor: of("--edge") };
    return { font: of("--ink"), family: style.fontFamily, axis };
  };
  const dressed = (layout) => {
    const { font, family, axis } = colours();
    const result = { ...layout, font: { ...layout.font, color: font, family } };
    for (const name of Object.keys(layout)) {
      if (/^[xy]axis/.test(name)) result[name] = { ...layout[name], ...axis };
    }
    return result;
  };
  const draw = async (box) => {
    await (plotly ??= readPlotly());
    const { data, layout } = JSON.parse(by(box.id.replace("plot", "data")).textContent);
    Plotly.react(box, data, dressed(layout), { displayModeBar: false, responsive: true });
  };
  const drawn = new Set();
  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting && !drawn.has(target)) { drawn.add(target); draw(target); }
    }
  }, { rootMargin: "300px" });
  document.querySelectorAll(".plot").forEach((box) => watcher.observe(box));
  dark.addEventListener("change", () => drawn.forEach(draw));
  addEventListener("beforeprint", () => document.querySelectorAll(".plot").forEach(draw));
}

// --- pairs -----------------------------------------------------------------------------------

const PAGE = 5;
const BLOCK = __BLOCK_PAIRS__;
const blocks = document.getElementsByClassName("block"); // grows as the page is read
const opened = new Map();
let index = null;
let hits = [];
let page = 0;
let search = 0;

// A block of texts, unpacked once; the last few are kept.
async function block(number) {
  if (!opened.has(number)) {
    // The last one that is there may not be there to its end; the first stands before this script.
    const element = await present(() => (number === 0 || blocks[number + 1] ? blocks[number] : null));
    opened.set(number, unpacked(element ?? blocks[number]));
    if (opened.size > 12) opened.delete(opened.keys().next().value);
  }
  return opened.get(number);
}

async function texts(row) {
  const { answers, pairs } = await block(Math.floor(row / BLOCK));
  return pairs[row % BLOCK].map((place) => answers[place]);
}

function options(name, values) {
  const select = by("filters").elements[name];
  for (const value of [...new Set(values)].filter(Boolean).sort()) select.add(new Option(value, value));
}

function wanted() {
  const values = Object.fromEntries(new FormData(by("filters")));
  return { ...values, words: values.words.trim().toLowerCase() };
}

function fits(row, want) {
  const same = (name) => !want[name] || index[name][row] === want[name];
  const about = !want.topic || same("topic") || index.topic[row].startsWith(`${want.topic}: `);
  const margin = index.score_margin[row];
  return same("split") && same("chosen_model") && same("rejected_model") && about
    && (want.least === "" || margin >= Number(want.least)) && (want.most === "" || margin <= Number(want.most));
}

async function filter() {
  const mine = ++search;
  const want = wanted();
  const rows = index.ID.map((_, row) => row).filter((row) => fits(row, want));
  hits = want.words ? [] : rows;
  page = 0;
  if (want.words) {
    for (const [place, row] of rows.entries()) {
      if (index.ID[row].toLowerCase().includes(want.words)) hits.push(row);
      else {
        const both = await texts(row);
        if (mine !== search) return;
        const said = [both[0].question, both[0].text, both[1].text].join("\n").toLowerCase();
        if (said.includes(want.words)) hits.push(row);
      }
      if (place % 500 === 499) say(`Searching: ${(place + 1).toLocaleString()} of ${rows.length.toLocaleString()} pairs …`);
    }
  }
  if (mine === search) { say(`${hits.length.toLocaleString()} pairs`); await show(); }
}

function say(text) { by("found").textContent = text; }

async function show() {
  const mine = search;
  const rows = hits.slice(page * PAGE, (page + 1) * PAGE);
  const cards = await Promise.all(rows.map(card));
  if (mine !== search) return;
  by("list").replaceChildren(...cards);
  const pages = Math.max(1, Math.ceil(hits.length / PAGE));
  by("place").textContent = `page ${(page + 1).toLocaleString()} of ${pages.toLocaleString()}`;
  by("previous").disabled = page === 0;
  by("next").disabled = page + 1 >= pages;
}

const PRINCIPLES = JSON.parse(by("principles").textContent);

async function card(row) {
  const [chosen, rejected] = await texts(row);
  const node = by("pair-template").content.cloneNode(true);
  const of = (name) => index[name][row];
  node.querySelector("h3").textContent =
    `${of("ID")} · ${of("split")} · margin ${of("score_margin")}` + (of("topic") ? ` · ${of("topic")}` : "");
  fill(node.querySelector(".speech"), chosen.question);
  for (const [side, answer] of [["chosen", chosen], ["rejected", rejected]]) {
    const box = node.querySelector(`.${side}`);
    box.querySelector("h4").textContent = `${side === "chosen" ? "Chosen" : "Rejected"}: ${of(`${side}_model`)}, ${of(`score_${side}`)}`;
    fill(box.querySelector(".answer"), answer.text);
  }
  const body = node.querySelector(".reasons tbody");
  PRINCIPLES.forEach((name, place) => {
    const line = body.insertRow();
    const head = line.appendChild(document.createElement("th"));
    head.scope = "row";
    head.textContent = name;
    for (const answer of [chosen, rejected]) {
      line.insertCell().textContent = answer.ratings[place] ?? "–";
      line.insertCell().textContent = answer.reasons[place] ?? "";
    }
  });
  return node;
}

// A text with the words that were searched for marked in it.
function fill(element, text) {
  const words = wanted().words;
  element.textContent = "";
  let rest = text;
  for (let at; words && (at = rest.toLowerCase().indexOf(words)) >= 0; rest = rest.slice(at + words.length)) {
    const mark = document.createElement("mark");
    mark.textContent = rest.slice(at, at + words.length);
    element.append(rest.slice(0, at), mark);
  }
  element.append(rest);
}

function turn(by_) {
  page += by_;
  show();
  by("found").scrollIntoView({ block: "start" });
}

async function openPairs() {
  if (!("DecompressionStream" in window)) { say("This browser is too old to unpack the pairs: use one from 2023 or later."); return; }
  index = await unpacked(by("listing"));
  for (const name of ["split", "chosen_model", "rejected_model"]) options(name, index[name]);
  options("topic", index.topic.flatMap((one) => [one.split(": ")[0], one])); // a family, or one of its topics
  by("topic-filter").hidden = !index.topic.some(Boolean);
  let pause = 0;
  by("filters").addEventListener("input", () => { clearTimeout(pause); pause = setTimeout(filter, 200); });
  by("filters").addEventListener("reset", () => setTimeout(filter));
  by("filters").addEventListener("submit", (event) => event.preventDefault());
  by("previous").addEventListener("click", () => turn(-1));
  by("next").addEventListener("click", () => turn(1));
  await filter();
  document.documentElement.dataset.ready = "yes";
  performance.mark("ready"); // what docs/report.md says of opening is read from this
}

openPairs().finally(() => requestAnimationFrame(() => setTimeout(drawFigures))); // once this is painted
