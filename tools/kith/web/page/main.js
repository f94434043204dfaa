// SPDX-License-Identifier: MPL-2.0
// Asks for the map once a second, and does what keys and clicks say.

import {Calls} from "./calls.js";
import {Drawing} from "./draw.js";
import {Layout} from "./layout.js";
import {Model} from "./model.js";
import {panelOf} from "./panel.js";
import {Tables} from "./tables.js";
import {Tip} from "./tip.js";
import {amount, h, patchChildren, rate, say} from "./text.js";

const EVERY = 1000;
const AGAIN = 2000;     // when nobody answered
const LATE = 6000;
const CALLS_EVERY = 2000;

const $ = (id) => document.getElementById(id);
const model = new Model();
const layout = new Layout();
const view = {selected: null, path: null, filter: "", paused: false, table: false};

const drawing = new Drawing($("canvas"), {
  activate: (key) => activate(key),
  focus: (key) => tip.focus(key),
  point: (key) => tip.point(key),
  line: (key) => select(key),
});
const tip = new Tip($("tip"), drawing, model);
const tables = new Tables($("tabs"), $("table-box"), (key) => { select(key); });
const calls = new Calls($("call-list"), $("calls-note"), $("only-failed"), (trace) => showPath(trace));

async function ask(path) {
  const gaveUp = new AbortController();
  const timer = setTimeout(() => gaveUp.abort(), LATE);
  try {
    const answer = await fetch(path, {signal: gaveUp.signal, cache: "no-store"});
    if (!answer.ok) {
      throw new Error((await answer.text()).trim() || `status ${answer.status}`);
    }
    return await answer.json();
  } finally {
    clearTimeout(timer);
  }
}

function connection(word, tone) {
  const line = $("link-state");
  say(line, word);
  line.className = tone;
}

async function keepAsking() {
  let wait = EVERY;
  try {
    if (!view.paused && !document.hidden) {
      const fresh = await ask(`map/${model.state}`);
      connection(view.paused ? "‖ paused" : "● live", "well");
      if (fresh.nodes) {
        model.take(fresh);
        redraw();
      } else if (!model.document) {
        emptyText("Looking for nodes …");
      }
    }
  } catch (why) {
    model.state = 0;  // who comes back may count anew
    connection("▲ no answer from kith web; trying again", "bad");
    if (!model.document) {
      emptyText(`No answer from kith web: ${why.message}`);
    }
    wait = AGAIN;
  }
  setTimeout(keepAsking, wait);
}

async function keepAskingForCalls() {
  if (!view.paused && !document.hidden) {
    try {
      calls.take(await ask("calls"));
    } catch {
      calls.fail("");
    }
  }
  setTimeout(keepAskingForCalls, CALLS_EVERY);
}

function emptyText(text) {
  const line = $("empty");
  line.hidden = !text;
  say(line, text || "");
}

function redraw() {
  if (!model.document) {
    return;
  }
  if (view.path && view.path.steps) {
    placePath(view.path);
  }
  const totals = model.totals();
  say($("domain"), model.document.domain);
  document.title = `${totals.unwell ? "▲ " : ""}${model.document.domain} · kith`;
  summary(totals);
  emptyText(model.nodes.size ? "" : "No node is there yet. Start one with the same --domain, and it appears here.");
  patchChildren($("details"), panelOf(model, view));
  if (view.table) {
    tables.draw(model, view.filter);
  } else {
    drawMap();
  }
  const all = model.services.size > 0 && model.expanded.size >= model.services.size;
  $("expand-all").setAttribute("aria-pressed", String(all));
  say($("expand-all"), all ? "Close all" : "Expand all");
}

function drawMap() {
  layout.room = drawing.room;
  layout.zoom = drawing.zoom;
  const {compact, bounds} = layout;
  layout.update(model);
  if (bounds && layout.compact !== compact) {  // the same part of it stays in sight
    drawing.pan = {x: drawing.pan.x * layout.bounds.w / bounds.w, y: drawing.pan.y * layout.bounds.h / bounds.h};
  }
  drawing.draw(model, layout, view);
  tip.draw();
}

/** While the map is hidden it has no size, and keeps the one it had. */
function keepRoom({width, height}) {
  if (width > 0 && (width !== drawing.room.width || height !== drawing.room.height)) {
    drawing.room = {width, height};
    if (model.document && !view.table) {
      drawMap();
    }
  }
}

function summary(totals) {
  const books = {balanced: ["✓ balanced", "well"], unbalanced: ["✕ off", "bad"]}[model.document.books.state] || ["…", "muted"];
  const fact = (name, value, tone = "") => h("div", {}, h("dt", {}, name), h("dd", {class: `num ${tone}`}, value));
  patchChildren($("summary"), [
    fact("services", amount(totals.services)),
    fact("nodes", amount(totals.nodes)),
    fact("not well", amount(totals.unwell), totals.unwell ? "bad" : ""),
    fact("calls", rate(totals.calls)),
    fact("errors", rate(totals.errors), totals.errors > 0 ? "bad" : ""),
    fact("events", rate(totals.events)),
    fact("breakers", totals.open ? `⊘ ${totals.open}` : "closed", totals.open ? "bad" : ""),
    fact("books", books[0], books[1]),
  ]);
}

function select(key) {
  view.path = null;
  view.selected = key || null;
  calls.mark(null);
  if (key && key.startsWith("n:") && model.nodes.has(key.slice(2)) && view.table === false) {
    const {service} = model.nodes.get(key.slice(2));
    if (!model.expanded.has(service)) {
      model.toggle(service);
    }
  }
  redraw();
  $("details").scrollTop = 0;
}

/** Enter or a click: an instance is selected; a service too, and opens or closes. */
function activate(key) {
  if (key.startsWith("s:")) {
    model.toggle(key.slice(2));
  }
  select(key);
  if (key.startsWith("n:")) {
    const title = $("details-title");
    if (title && document.activeElement && document.activeElement.dataset.key === key && activate.byKey) {
      title.focus();
    }
  }
}

function close() {
  const back = view.selected;
  view.selected = null;
  view.path = null;
  calls.mark(null);
  redraw();
  if (!view.table && !(back && drawing.focus(back)) && drawing.current) {
    drawing.focus(drawing.current);
  }
}

/** Between which boxes the steps went. */
function placePath(path) {
  const place = (instance) => {
    const node = model.byInstance.get(instance);
    return node ? model.placeOf(node.id) : "";
  };
  path.places = new Set();
  const hops = new Map();
  path.steps.forEach((step, i) => {
    const from = place(step.from);
    for (const to of step.to.map(place)) {
      [from, to].filter((one) => one).forEach((one) => path.places.add(one));
      if (from && to && from !== to) {
        const key = from + to + step.kind;
        const known = hops.get(key);
        hops.set(key, known ? {...known, number: `${known.number},${i + 1}`}
                            : {key, from, to, kind: step.kind, number: String(i + 1)});
      }
    }
    if (from) {
      path.places.add(from);
    }
  });
  path.hops = [...hops.values()];
  path.key = path.trace + path.hops.map((one) => one.key + one.number).join();
}

async function showPath(trace) {
  view.selected = null;
  const path = {trace, steps: null, hops: [], places: new Set(), key: trace};
  view.path = path;
  calls.mark(trace);
  redraw();
  try {
    const told = await ask(`trace/${trace}`);
    path.why = told.busy ? "kith web is gathering other paths; try again" : "";
    if (told.steps) {
      Object.assign(path, told);
    }
  } catch (why) {
    path.why = `no answer: ${why.message}`;
  }
  if (view.path === path) {
    redraw();
    $("details").scrollTop = 0;
  }
}

function showTable(on) {
  view.table = on;
  $("map-view").hidden = on;
  $("table-view").hidden = !on;
  $("as-map").setAttribute("aria-pressed", String(!on));
  $("as-table").setAttribute("aria-pressed", String(on));
  redraw();
}

function pause() {
  view.paused = !view.paused;
  $("pause").setAttribute("aria-pressed", String(view.paused));
  say($("pause"), view.paused ? "Go on" : "Pause");
  connection(view.paused ? "‖ paused" : "● live", view.paused ? "muted" : "well");
}

function expandAll() {
  model.expandAll(model.expanded.size < model.services.size);
  redraw();
}

function zoom(factor) {
  drawing.zoom = factor === 0 ? 1 : Math.min(8, Math.max(0.5, drawing.zoom * factor));
  if (factor === 0) {
    drawing.pan = {x: 0, y: 0};
  }
  if (model.document && !view.table) {
    drawMap();
  }
}

const KEYS = {
  "/": () => $("filter").focus(),
  m: () => showTable(false),
  t: () => showTable(true),
  e: expandAll,
  p: pause,
  l: () => { layout.settled = false; redraw(); },
  c: () => { const first = $("call-list").querySelector("button"); if (first) { first.focus(); } },
  "?": () => $("keys").showModal(),
  "+": () => zoom(1.25),
  "=": () => zoom(1.25),
  "-": () => zoom(0.8),
  0: () => zoom(0),
};

function onKey(event) {
  if (event.ctrlKey || event.altKey || event.metaKey || $("keys").open) {
    return;
  }
  const typing = event.target.matches("input[type=search]");
  const key = event.target.closest && event.target.closest("[data-key]");
  if (event.key === "Escape") {
    if (typing) {
      $("filter").value = "";
      view.filter = "";
      $("filter").blur();
    }
    tip.hide();
    close();
  } else if (typing) {
    return;
  } else if (key && event.key.startsWith("Arrow")) {
    const next = drawing.neighbour(key.dataset.key, event.key);
    if (next) {
      drawing.focus(next);
    }
  } else if (key && (event.key === "Enter" || event.key === " ")) {
    activate.byKey = true;
    activate(key.dataset.key);
    activate.byKey = false;
  } else if (event.target.id === "canvas" && event.key.startsWith("Arrow") && drawing.current) {
    drawing.focus(drawing.current);
  } else if (KEYS[event.key]) {
    KEYS[event.key]();
  } else {
    return;
  }
  event.preventDefault();
}

function followPointer(canvas) {
  let from = null;
  canvas.addEventListener("pointerdown", (event) => {
    if (!event.target.closest("[data-key], .label, .hit")) {
      from = {x: event.clientX, y: event.clientY, pan: {...drawing.pan}, moved: false};
    }
  });
  canvas.addEventListener("pointermove", (event) => {
    if (from) {
      const [dx, dy] = [event.clientX - from.x, event.clientY - from.y];
      from.moved = from.moved || Math.hypot(dx, dy) > 4;
      drawing.pan = {x: from.pan.x - dx / drawing.scale, y: from.pan.y - dy / drawing.scale};
      drawing.fit();
      tip.draw();
    }
  });
  window.addEventListener("pointerup", () => {
    if (from && !from.moved && (view.selected || view.path)) {
      close();
    }
    from = null;
  });
  canvas.addEventListener("wheel", (event) => {
    if (event.ctrlKey) {
      event.preventDefault();
      zoom(event.deltaY < 0 ? 1.1 : 0.9);
    }
  }, {passive: false});
}

function legend() {
  const entry = (mark, tone, word) => h("li", {}, h("span", {class: `key ${tone}`, "aria-hidden": "true"}, mark), word);
  $("legend").append(
      entry("", "line-calls", "calls: rate, p50 · p99 (of many: p99)"), entry("", "line-events", "events: ◆ durable, ◇ volatile"),
      entry("", "line-barred", "⊘ breaker open, ◐ half open"), entry("▲", "bad", "errors"),
      entry("●", "well", "running"), entry("!", "bad", "does not answer"), entry("✕", "gone", "gone"));
}

$("details").addEventListener("click", (event) => {
  const button = event.target.closest("[data-go]");
  if (button && button.dataset.go === "") {
    close();
  } else if (button) {
    select(button.dataset.go);
  }
});
$("filter").addEventListener("input", () => { view.filter = $("filter").value.trim().toLowerCase(); redraw(); });
$("as-map").addEventListener("click", () => showTable(false));
$("as-table").addEventListener("click", () => showTable(true));
$("expand-all").addEventListener("click", expandAll);
$("pause").addEventListener("click", pause);
$("show-keys").addEventListener("click", () => $("keys").showModal());
$("zoom-in").addEventListener("click", () => zoom(1.25));
$("zoom-out").addEventListener("click", () => zoom(0.8));
$("zoom-fit").addEventListener("click", () => zoom(0));
document.addEventListener("keydown", onKey);
keepRoom($("map-view").getBoundingClientRect());
new ResizeObserver(([one]) => keepRoom(one.contentRect)).observe($("map-view"));
followPointer($("canvas"));
legend();
connection("connecting …", "muted");
keepAsking();
keepAskingForCalls();
