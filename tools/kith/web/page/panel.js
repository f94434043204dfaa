// SPDX-License-Identifier: MPL-2.0
// The panel beside the map: the domain, a service, an instance, a line, or the path of a call.
// What can be gone to has data-go, with the key of a box, a line or a trace.

import {nameOf} from "./draw.js";
import {byName} from "./model.js";
import {age, amount, clock, count, h, isGone, memory, rate, span, standing} from "./text.js";

const MOST_ROWS = 12;

function facts(rows) {
  return h("dl", {class: "facts"}, ...rows.filter((one) => one).map(
      ([name, value, tone]) => h("div", {}, h("dt", {}, name), h("dd", {class: tone || ""}, value))));
}

function go(key, text, extra, tone) {
  return h("li", {}, h("button", {class: "go", "data-go": key},
                       h("span", {class: "go-name"}, text), h("span", {class: `num ${tone || "muted"}`}, extra)));
}

function list(title, items) {
  return items.length ? [h("h3", {}, title), h("ul", {class: "rows"}, ...items)] : [];
}

function latencies(figures) {
  return `${span(figures.p50_us)} · ${span(figures.p99_us)} · ${span(figures.p999_us)}`;
}

function figureRows(what, figures) {
  const bad = figures.errors_per_s > 0;
  return [
    [what, rate(figures.calls_per_s)],
    ["p50 · p99 · p99.9", latencies(figures)],
    bad && ["errors", rate(figures.errors_per_s), "bad"],
    figures.drops_per_s > 0 && ["without an answer", rate(figures.drops_per_s), "bad"],
  ];
}

function head(title, sub, closable = true) {
  return h("div", {class: "bar"},
           h("div", {}, h("h2", {tabindex: "-1", id: "details-title"}, title), h("p", {class: "muted small"}, sub)),
           closable && h("button", {class: "close", "data-go": "", "aria-label": "Close"}, "✕"));
}

function booksCard(books) {
  const [mark, word, tone] = {
    balanced: ["✓", "The books balance", "well"],
    unbalanced: ["✕", "The books do not balance", "bad"],
    looking: ["…", "Comparing the books", "calm"],
  }[books.state] || ["…", books.state, "calm"];
  const dropped = Object.entries(books.dropped).sort((a, b) => b[1] - a[1]);
  return h("section", {class: `card ${tone}`, "aria-label": "Books"},
           h("p", {class: "verdict"}, h("span", {class: `mark ${tone}`}, mark), " ", word),
           h("p", {class: "muted small"},
             `${count(books.in_flight, "call")} in flight` +
             (books.silent.length ? `; without ${books.silent.join(", ")}` : "")),
           books.findings.length > 0 && h("ul", {class: "findings"}, ...books.findings.map((one) => h("li", {}, one))),
           dropped.length > 0 && h("ul", {class: "drops"}, ...dropped.slice(0, 6).map(([reason, n]) =>
               h("li", {title: books.reasons[reason] || ""}, h("span", {class: "num"}, amount(n)), ` ${reason}`))));
}

function overview(model) {
  const {document} = model;
  const unwell = document.nodes.filter((one) => one.state !== "running" && one.state !== "asked");
  const open = document.breakers.filter((one) => one.state !== "closed");
  const routes = [...document.routes].filter((one) => one.calls.calls_per_s > 0)
      .sort((a, b) => b.calls.calls_per_s - a.calls.calls_per_s);
  const name = (id) => (model.nodes.get(id) || {instance: id.slice(0, 8)}).instance;
  return [
    booksCard(document.books),
    ...list("Not well", unwell.slice(0, MOST_ROWS).map((one) => {
      const how = standing(one);
      return go("n:" + one.id, `${how.mark} ${one.instance}`, how.word, how.tone);
    })),
    ...list("Breakers", open.slice(0, MOST_ROWS).map((one) => go(
        "n:" + one.to, `${one.state === "open" ? "⊘" : "◐"} ${one.method}`,
        `${name(one.from)} → ${name(one.to)}`, "bad"))),
    ...list("Busiest methods", routes.slice(0, 8).map((one) => go(
        `c s:${one.from} s:${one.to}`, one.method,
        `${rate(one.calls.calls_per_s)}  ${span(one.calls.p99_us)}`, one.calls.errors_per_s > 0 ? "bad" : "muted"))),
    document.links_left_out > 0 &&
        h("p", {class: "note"}, `${document.links_left_out} of the least busy links are left out.`),
  ].filter((one) => one);
}

function nodeDetails(model, node) {
  const {document} = model;
  const how = standing(node);
  const other = (id) => model.nodes.get(id);
  const row = (link, id) => go("n:" + id, (other(id) || {instance: id.slice(0, 8)}).instance,
                               `${rate(link.calls.calls_per_s)}  ${span(link.calls.p99_us)}` +
                                   (link.breaker === "closed" ? "" : link.breaker === "open" ? " ⊘" : " ◐"),
                               link.breaker === "closed" ? "muted" : "bad");
  const busiest = (a, b) => b.calls.calls_per_s - a.calls.calls_per_s;
  const called = document.links.filter((one) => one.from === node.id && other(one.to)).sort(busiest);
  const callers = document.links.filter((one) => one.to === node.id && other(one.from)).sort(busiest);
  const flows = document.flows.filter((one) => one.to === node.id);
  return [
    head(node.instance, [nameOf(node.service), node.zone && `zone ${node.zone}`, node.inbox].filter((one) => one).join(" · ")),
    h("p", {class: `state ${how.tone}`}, `${how.mark} ${how.word}`),
    node.why && h("p", {class: "why"}, node.why),
    (node.state === "silent" || node.state === "suspect") && h("p", {class: "note"}, "What it said last:"),
    facts([
      ...figureRows("served", node.served),
      node.called.calls_per_s > 0 && ["calls others", rate(node.called.calls_per_s)],
      node.called.calls_per_s > 0 && ["their p50 · p99", `${span(node.called.p50_us)} · ${span(node.called.p99_us)}`],
      ["events told", rate(node.events_per_s)],
      ["dropped", rate(node.drops_per_s), node.drops_per_s > 0 ? "bad" : ""],
      ["queue", amount(node.queue)],
      (node.lag > 0 || flows.some((one) => one.durable)) && ["lag", amount(node.lag)],
      node.dead > 0 && ["dead letters", amount(node.dead), "bad"],
      ["processor", `${amount(node.cpu_percent)} %`],
      ["memory", memory(node.resident_mib)],
      ["up", age(node.started_us)],
      ["version", node.version || "–"],
    ]),
    ...list("Calls", called.slice(0, MOST_ROWS).map((one) => row(one, one.to))),
    ...list("Is called by", callers.slice(0, MOST_ROWS).map((one) => row(one, one.from))),
    ...list("Hears", flows.slice(0, MOST_ROWS).map((one) => go(
        one.durable ? "s:" + one.from_service : "n:" + one.from,
        `${one.durable ? "◆" : "◇"} ${one.name} of ${one.durable ? nameOf(one.from_service)
                                                               : (other(one.from) || {instance: "?"}).instance}`,
        rate(one.events_per_s) + (one.lag ? `  lag ${amount(one.lag)}` : "") + (one.gap ? `  ${amount(one.gap)} lost` : ""),
        one.trouble || one.gap ? "bad" : "muted"))),
  ].filter((one) => one);
}

function serviceDetails(model, service) {
  const {document} = model;
  const living = service.nodes.filter((one) => !isGone(one));
  const routes = (of) => document.routes.filter((one) => one[of] === service.name)
      .sort((a, b) => b.calls.calls_per_s - a.calls.calls_per_s).slice(0, MOST_ROWS)
      .map((one) => go(`c s:${one.from} s:${one.to}`,
                       `${one.method}  ${of === "to" ? "← " + nameOf(one.from) : "→ " + nameOf(one.to)}`,
                       `${rate(one.calls.calls_per_s)}  ${span(one.calls.p99_us)}`,
                       one.calls.errors_per_s > 0 ? "bad" : "muted"));
  return [
    head(nameOf(service.name), count(living.length, "instance")),
    facts(figureRows("served", service.figures)),
    ...list("Serves", routes("to")),
    ...list("Calls", routes("from")),
    ...list("Instances", [...service.nodes].sort(byName).map((one) => {
      const how = standing(one);
      return go("n:" + one.id, `${how.mark} ${one.instance}`,
                how.tone === "well" ? `${rate(one.served.calls_per_s)}  ${span(one.served.p99_us)}` : how.word,
                how.tone === "well" ? "muted" : how.tone);
    })),
  ];
}

function placeName(model, key) {
  const node = key.startsWith("n:") ? model.nodes.get(key.slice(2)) : null;
  return node ? node.instance : nameOf(key.slice(2));
}

function lineDetails(model, line) {
  const title = `${placeName(model, line.from)} → ${placeName(model, line.to)}`;
  if (line.kind === "events") {
    return [
      head(title, "events"),
      facts([["events", rate(line.events)], ["lag", amount(line.lag)],
             line.gap > 0 && ["lost", amount(line.gap), "bad"],
             line.trouble && ["trouble", line.trouble, "bad"]]),
      ...list("Topics and groups", line.flows.slice(0, 40).map((one) => go(
          "n:" + one.to, `${one.durable ? "◆" : "◇"} ${one.name}`,
          rate(one.events_per_s) + (one.lag ? `  lag ${amount(one.lag)}` : "")))),
    ];
  }
  const service = (key) => (key.startsWith("s:") ? key.slice(2) : model.serviceOf(key.slice(2)));
  const routes = model.document.routes.filter(
      (one) => one.from === service(line.from) && one.to === service(line.to));
  return [
    head(title, "calls, as the caller sees them"),
    facts([
      ["calls", rate(line.calls.calls_per_s)],
      line.calls.atMost ? ["p99", `at most ${span(line.calls.p99_us)}`]
                        : ["p50 · p99 · p99.9", latencies(line.calls)],
      ["failed", rate(line.calls.errors_per_s), line.calls.errors_per_s > 0 ? "bad" : ""],
      ["in flight", amount(line.outstanding)],
      ["breaker", line.breaker.replace("_", " "), line.breaker === "closed" ? "" : "bad"],
      line.barred.length > 0 && ["kept away", line.barred.join(", "), "bad"],
    ]),
    ...list(`Methods, ${nameOf(service(line.from))} → ${nameOf(service(line.to))}`, routes.map((one) => h("li", {},
        h("div", {class: "go"}, h("span", {class: "go-name"}, one.method),
          h("span", {class: "num muted"}, `${rate(one.calls.calls_per_s)}  ${span(one.calls.p50_us)} · ${span(one.calls.p99_us)}`)),
        Object.keys(one.failed).length > 0 && h("p", {class: "small muted failed"},
            Object.entries(one.failed).map(([code, n]) => `${amount(n)} ${code}`).join(", "))))),
  ];
}

/** A path as a list, with a bar for when and how long. */
function pathDetails(path) {
  if (!path.steps) {
    return [head("Path of a call", path.why || "asking all nodes …")];
  }
  if (!path.steps.length) {
    return [head("Path of a call", "no flight recorder has anything of it any more")];
  }
  const begin = Math.min(...path.steps.map((one) => one.began_us));
  const last = (one) => one.began_us + (one.took_us ?? one.served_us ?? 0);
  const total = Math.max(1, ...path.steps.map((one) => last(one) - begin));
  const depth = new Map();
  const items = path.steps.map((one, i) => {
    const level = one.parent && depth.has(one.parent) ? depth.get(one.parent) + 1 : 0;
    depth.set(one.span, Math.max(level, depth.get(one.span) || 0));
    const took = one.took_us ?? one.served_us;
    const failed = one.kind === "call" && one.outcome !== "reply";
    const bar = h("span", {class: `span-bar ${failed ? "bad" : one.kind}`});
    const width = Math.max(0.8, ((took || 0) / total) * 100);
    bar.style.marginLeft = `${Math.min(99, ((one.began_us - begin) / total) * 100)}%`;
    bar.style.width = `${width}%`;
    const li = h("li", {class: failed ? "failed-step" : ""},
        h("div", {class: "step-head"}, h("span", {class: "step-number"}, String(i + 1)),
          h("span", {class: "go-name"}, `${one.kind === "call" ? "" : "◆ "}${one.name}`),
          h("span", {class: "num muted"}, took === null || took === undefined ? "" : span(took))),
        h("p", {class: "small muted"}, (one.kind === "applied" ? `${one.to.join(", ")} applies it`
                                        : one.kind === "event" && !one.to.length ? `${one.from} told it`
                                        : `${one.from || "?"} → ${one.to.join(", ") || "?"}`) +
          `  +${span(one.began_us - begin)}`),
        failed && h("p", {class: "small bad"}, `▲ ${one.outcome || "no answer was seen"}${one.message ? ": " + one.message : ""}`),
        h("span", {class: "span-track", "aria-hidden": "true"}, bar));
    li.style.paddingLeft = `${Math.min(level, 8) * 12}px`;
    return li;
  });
  return [
    head("Path of a call", `${clock(begin)} · ${count(path.steps.length, "step")} in ${span(total)} · told by ${path.told} of ${path.asked} nodes`),
    h("p", {class: "trace-id num"}, path.trace),
    h("ol", {class: "steps", "aria-label": "Steps of the call, in order"}, ...items),
    path.left_out > 0 && h("p", {class: "note"}, `and ${path.left_out} more steps`),
  ].filter((one) => one);
}

/** The elements for what is selected. */
export function panelOf(model, view) {
  if (!model.document) {
    return [];
  }
  if (view.path) {
    return pathDetails(view.path);
  }
  const key = view.selected || "";
  if (key.startsWith("n:")) {
    const node = model.nodes.get(key.slice(2));
    return node ? nodeDetails(model, node) : [head("It is gone", "and no longer on the map")];
  }
  if (key.startsWith("s:")) {
    const service = model.services.get(key.slice(2));
    return service ? serviceDetails(model, service) : [head("It is gone", "and no longer on the map")];
  }
  if (key) {
    const line = model.lines().get(key);
    return line ? lineDetails(model, line) : [head("Nothing passes there", "now")];
  }
  return overview(model);
}
