// SPDX-License-Identifier: MPL-2.0
// The map as SVG. Elements are kept by key and only changed where something differs.

import {DOT, LONG_NAME, curveOf, portsOf} from "./layout.js";
import {sumOf} from "./model.js";
import {farTitle, frameOf, growthAt, isFar, isTight, scaleToFit} from "./reading.js";
import {amount, count, isGone, ownName, rate, s, say, set, shortened, span, standing} from "./text.js";

const MOST_LINES = 200;   // drawn at once: the busiest, and those of who is selected
const KEPT = 4;           // what is drawn makes room for what is so much busier,
const FADING = 0.97;      // and is for a while as busy as it was
const MOST_LABELS = 40;
const CROWDED = 40;       // so many lines, and only those in trouble have a label
const SPARK = {w: 46, h: 16};
const MARGIN = 12;        // in pixels, around who is brought into sight

export const nameOf = (service) => service || "clients";

function sparkOf(values, box) {
  if (values.length < 2) {
    return "";
  }
  const most = Math.max(...values, 0.001);
  return values.map((value, i) => {
    const x = box.w - ((values.length - 1 - i) * box.w) / 29;
    return `${i ? "L" : "M"}${x.toFixed(1)} ${(box.h - (value / most) * box.h).toFixed(1)}`;
  }).join("");
}

/** Where something is wrong there is room for less. */
function figuresText(figures, tight = false) {
  if (tight && troubleText(figures)) {
    return rate(figures.calls_per_s);
  }
  if (tight || troubleText(figures)) {
    return `${rate(figures.calls_per_s)}  ${span(figures.p99_us)}`;
  }
  return figures.atMost ? `${rate(figures.calls_per_s)}  ≤ ${span(figures.p99_us)}` : `${rate(figures.calls_per_s)}  ${span(figures.p50_us)} · ${span(figures.p99_us)}`;
}

/** What it serves; of who only calls others, that. */
export function workText(served, called, tight) {
  return served.calls_per_s === 0 && called.calls_per_s > 0 ? `→ ${figuresText(called, tight)}`
      : served.calls_per_s === 0 ? "no calls" : figuresText(served, tight);
}

function isFailing(figures) {
  return figures.errors_per_s + figures.drops_per_s > 0.004;
}

export function troubleText(figures) {
  return isFailing(figures) ? `▲ ${rate(figures.errors_per_s + figures.drops_per_s)}` : "";
}

/** What a screen reader says of it. */
function wordsOf(node) {
  const said = [`${node.instance}, ${standing(node).word}`];
  if (node.why) {
    said.push(node.why);
  }
  said.push(`${amount(node.served.calls_per_s)} calls served per second`);
  if (node.served.p99_us !== null) {
    said.push(`99 percent within ${span(node.served.p99_us)}`);
  }
  if (node.served.errors_per_s > 0) {
    said.push(`${amount(node.served.errors_per_s)} errors per second`);
  }
  return said.join(", ");
}

export class Drawing {
  /** `act`: {activate(key), focus(key), point(key), line(key)}; the last two may be told of nobody. */
  constructor(svg, act) {
    this.svg = svg;
    this.act = act;
    this.lineLayer = s("g", {class: "lines", "aria-hidden": "true"});
    this.troubleLayer = s("g", {class: "lines", "aria-hidden": "true"});
    this.boxLayer = s("g", {class: "boxes"});
    this.labelLayer = s("g", {class: "labels", "aria-hidden": "true"});
    this.pathLayer = s("g", {class: "path", "aria-hidden": "true"});
    svg.append(this.lineLayer, this.troubleLayer, this.boxLayer, this.labelLayer, this.pathLayer);
    this.boxes = new Map();
    this.lines = new Map();
    this.current = null;  // whose tabindex is 0
    this.zoom = 1;
    this.pan = {x: 0, y: 0};
    this.room = {width: 0, height: 0};  // in pixels; whoever makes a drawing keeps it up to date
  }

  draw(model, layout, view) {
    this.model = model;
    this.layout = layout;
    this.view = view;
    this.fit();
    this.drawBoxes();
    this.drawLines();
    this.drawPath();
  }

  /** Reads nothing of the page: whoever does so after a write has it laid out there and then. */
  fit() {
    if (!(this.room.width > 0 && this.room.height > 0)) {
      return;
    }
    this.scale = scaleToFit(this.layout.bounds, this.room) * this.zoom;
    this.frame = frameOf(this.layout.bounds, this.room, this.scale, this.pan);
    const {x, y, w, h} = this.frame;
    this.growth = growthAt(this.scale);
    this.far = isFar(this.scale);
    this.tight = isTight(this.scale);
    set(this.svg, {
      viewBox: [x, y, w, h].map((one) => one.toFixed(1)).join(" "),
      class: (this.far ? "far" : "") + (this.layout.compact ? " compact" : ""),
    });
    this.svg.style.setProperty("--growth", this.growth.toFixed(3));
    this.svg.style.setProperty("--far-title", `${farTitle(this.scale).toFixed(2)}px`);
  }

  /** Where that is in the window, in pixels from the canvas' corner. */
  seenAt(key) {
    const place = this.layout.places.get(key);
    return place && this.frame && {
      x: (place.x - this.frame.x) * this.scale, y: (place.y - this.frame.y) * this.scale,
      w: place.w * this.scale, h: place.h * this.scale,
    };
  }

  /** Moves the map as far as it takes to see that. */
  bringIntoSight(key) {
    const at = this.seenAt(key);
    if (!at) {
      return;
    }
    const beyond = (begin, size, room) => {
      const past = Math.max(0, begin + Math.min(size, room - 2 * MARGIN) + MARGIN - room);
      return begin < MARGIN ? begin - MARGIN : past;
    };
    const [dx, dy] = [beyond(at.x, at.w, this.room.width), beyond(at.y, at.h, this.room.height)];
    if (dx !== 0 || dy !== 0) {
      this.pan = {x: this.pan.x + dx / this.scale, y: this.pan.y + dy / this.scale};
      this.fit();
    }
  }

  keep(layer, table, wanted, make) {
    for (const [key, one] of table) {
      if (!wanted.has(key)) {
        one.root.remove();
        if (one.label) {
          one.label.remove();
        }
        table.delete(key);
      }
    }
    for (const key of wanted) {
      if (!table.has(key)) {
        const one = make(key);
        table.set(key, one);
        layer.append(one.root);
      }
    }
  }

  drawBoxes() {
    const wanted = new Set();
    for (const names of this.layout.columns) {
      for (const name of names) {
        wanted.add("s:" + name);
        if (this.model.expanded.has(name)) {
          for (const id of this.model.services.get(name).slots) {
            if (id !== null) {
              wanted.add("n:" + id);
            }
          }
        }
      }
    }
    this.keep(this.boxLayer, this.boxes, wanted,
              (key) => (key.startsWith("s:") ? this.makeService(key) : this.makeNode(key)));
    if (!this.boxes.has(this.current)) {
      this.current = this.boxes.keys().next().value || null;
    }
    for (const [key, one] of this.boxes) {
      const place = this.layout.places.get(key);
      set(one.root, {transform: `translate(${place.x} ${place.y})`, tabindex: key === this.current ? 0 : -1});
      const marks = (key === this.view.selected ? " selected" : "") + (this.isFaint(key) ? " faint" : "");
      if (key.startsWith("s:")) {
        this.updateService(key, one, place, marks);
      } else {
        this.updateNode(key, one, place, marks);
      }
    }
  }

  isFaint(key) {
    const {path, filter} = this.view;
    if (path) {
      return !path.places.has(key) && !(key.startsWith("s:") && [...path.places].some(
          (one) => one.startsWith("n:") && "s:" + this.model.serviceOf(one.slice(2)) === key));
    }
    return filter !== "" && !this.matches(key, filter);
  }

  matches(key, filter) {
    const has = (text) => text.toLowerCase().includes(filter);
    if (key.startsWith("n:")) {
      const node = this.model.nodes.get(key.slice(2));
      return Boolean(node) && (has(node.instance) || has(nameOf(node.service)) || has(standing(node).word));
    }
    const service = this.model.services.get(key.slice(2));
    return has(nameOf(service.name)) ||
        service.nodes.some((one) => has(one.instance) || has(standing(one).word));
  }

  interactive(key, kind) {
    return s("g", {
      class: kind,
      role: "button",
      "data-key": key,
      onclick: (event) => { event.stopPropagation(); this.act.activate(key); },
      onfocus: () => { this.current = key; this.act.focus(key); },
      onblur: () => this.act.focus(null),
      onpointerenter: () => this.act.point(key),
      onpointerleave: () => this.act.point(null),
    });
  }

  makeService(key) {
    const root = this.interactive(key, "service");
    const one = {
      root,
      box: s("rect", {class: "box", rx: 12}),
      ring: s("rect", {class: "ring", rx: 15, x: -4, y: -4}),
      name: s("text", {class: "title", x: 14}),
      many: s("text", {"text-anchor": "end"}),
      figures: s("text", {class: "figures small num", x: 14}),
      trouble: s("text", {class: "trouble small num bad", "text-anchor": "end"}),
      dots: s("g", {class: "dots"}),
    };
    root.append(one.ring, one.box, one.name, one.many, one.figures, one.trouble, one.dots);
    return one;
  }

  updateService(key, one, place, marks) {
    const service = this.model.services.get(key.slice(2));
    const open = this.model.expanded.has(service.name);
    const living = service.nodes.filter((node) => !isGone(node));
    const unwell = service.nodes.filter((node) => node.state !== "running" && node.state !== "asked");
    for (const rect of [one.box, one.ring]) {
      const more = rect === one.ring ? 8 : 0;
      set(rect, {width: place.w + more, height: place.h + more});
    }
    const many = !this.far ? `${living.length} ${open ? "▾" : "▸"}` : unwell.length ? `▲${unwell.length}` : `${living.length}`;
    const letter = this.far ? 0.66 * farTitle(this.scale) : 8.4 * this.growth;
    const line = this.far ? 1.3 * farTitle(this.scale) : this.layout.compact && open ? 19 : 24;
    say(one.name, shortened(nameOf(service.name), Math.floor((place.w - 34) / letter - many.length)));
    set(one.name, {y: line});
    set(one.many, {x: place.w - 14, y: line, class: `many small ${this.far && unwell.length ? "bad" : "muted"}`});
    say(one.many, many);
    for (const text of [one.figures, one.trouble]) {
      set(text, {y: this.layout.compact && open ? 37 : 44});
    }
    say(one.figures, workText(service.figures, sumOf(living.map((node) => node.called)), this.tight));
    set(one.trouble, {x: place.w - 14});
    say(one.trouble, troubleText(service.figures));
    set(one.root, {
      class: `service${marks}`,
      "aria-expanded": open,
      "aria-label": `service ${nameOf(service.name)}, ${count(living.length, "instance")}` +
          (unwell.length ? `, ${unwell.length} not well` : "") +
          `, ${amount(service.figures.calls_per_s)} calls served per second, ` +
          `99 percent within ${span(service.figures.p99_us)}`,
    });
    this.drawDots(one.dots, service, open);
  }

  /** An instance a mark, each with the shape of its state. */
  drawDots(group, service, open) {
    const room = DOT.perRow * DOT.rows;
    const shown = open ? [] : service.slots.slice(0, service.slots.length > room ? room - 1 : room);
    const marks = shown.map((id) => (id === null ? null : standing(this.model.nodes.get(id))));
    const rest = open ? 0 : service.slots.length - shown.length;
    const picture = marks.map((one) => (one ? one.mark + one.tone : " ")).join() + rest;
    if (group.dataset.picture === picture) {
      return;
    }
    group.dataset.picture = picture;
    const at = (i) => ({x: 16 + (i % DOT.perRow) * DOT.cell, y: 64 + Math.floor(i / DOT.perRow) * DOT.cell});
    group.replaceChildren(...marks.flatMap((one, i) => (one === null ? [] : [
      s("text", {...at(i), class: `dot ${one.tone}`}, one.mark)])));
    if (rest > 0) {
      group.append(s("text", {...at(shown.length), class: "dot muted"}, `+${rest}`));
    }
  }

  makeNode(key) {
    const root = this.interactive(key, "node");
    const one = {
      root,
      box: s("rect", {class: "box", rx: 8}),
      ring: s("rect", {class: "ring", rx: 10, x: -3, y: -3}),
      bar: s("rect", {class: "bar", x: 0, y: 8, width: 4, rx: 2}),
      mark: s("text", {class: "mark"}),
      name: s("text", {class: "name"}),
      spark: s("path", {class: "spark"}),
      figures: s("text", {class: "figures small num", x: 14, y: 40}),
      trouble: s("text", {class: "trouble small num bad", y: 40, "text-anchor": "end"}),
    };
    root.append(one.ring, one.box, one.bar, one.mark, one.name, one.spark, one.figures, one.trouble);
    return one;
  }

  updateNode(key, one, place, marks) {
    const node = this.model.nodes.get(key.slice(2));
    const how = standing(node);
    set(one.box, {width: place.w, height: place.h});
    set(one.ring, {width: place.w + 6, height: place.h + 6});
    const {compact} = this.layout;
    const line = compact ? 10 + 4.3 * this.growth : 21;
    set(one.bar, {y: compact ? 3 : 8, height: place.h - (compact ? 6 : 16), class: `bar ${how.tone}`});
    const fails = compact && how.tone === "well" && isFailing(node.served);  // there is no room for both
    set(one.mark, {x: compact ? 7 : 14, y: line, class: `mark ${fails ? "bad" : how.tone}`});
    say(one.mark, fails ? "▲" : how.mark);
    set(one.name, {x: compact ? 20 : 31, y: line});
    say(one.name, ownName(node, compact ? Math.min(LONG_NAME, Math.floor((place.w - 22) / (8.2 * this.growth))) : Math.floor((place.w - 90) / (7 * this.growth))));
    set(one.root, {"aria-label": wordsOf(node), class: `node is-${how.tone}${marks}`});
    if (compact) {
      return;
    }
    set(one.spark, {d: sparkOf((this.model.history.get(key) || []).slice(-30), SPARK),
                    transform: `translate(${place.w - SPARK.w - 10} 8)`});
    const well = how.tone === "well" || node.state === "draining";
    say(one.figures, well ? workText(node.served, node.called) : how.word);
    set(one.figures, {class: well ? "figures small num" : `figures small ${how.tone}`});
    set(one.trouble, {x: place.w - 10});
    say(one.trouble, well ? troubleText(node.served) : "");
  }

  /** Those of who is selected, those in trouble, and the busiest. */
  chosenLines() {
    const selected = this.view.selected;
    const box = (key) => (key.startsWith("n:") ? "s:" + this.model.serviceOf(key.slice(2)) : key);
    const all = [...this.model.lines().values()];
    for (const line of all) {
      line.own = selected !== null &&
          [line.key, line.from, line.to, box(line.from), box(line.to)].includes(selected);
      const [now, troubled] = line.kind === "calls"
          ? [line.calls.calls_per_s, line.breaker !== "closed" || isFailing(line.calls)]
          : [line.events, line.trouble || line.gap];
      const drawn = this.lines.get(line.key);
      line.pace = Math.max(now, drawn ? drawn.pace * FADING : 0);
      line.weight = (line.pace + (troubled ? 1e9 : 0)) * (drawn ? KEPT : 1);
    }
    return all.sort((a, b) => b.own - a.own || b.weight - a.weight || (a.key < b.key ? -1 : 1))
        .slice(0, MOST_LINES);
  }

  drawLines() {
    const lines = this.chosenLines();
    const ends = portsOf(lines, this.layout.places);
    this.keep(this.lineLayer, this.lines, new Set(ends.map((end) => end.line.key)), (key) => this.makeLine(key));
    const own = lines.filter((line) => line.own).length;
    const crowded = (own || lines.length) > CROWDED;
    const labels = [];
    for (const end of ends) {
      const {line} = end;
      const one = this.lines.get(line.key);
      one.pace = line.pace;
      const curve = curveOf(end);
      const how = this.styleOf(line);
      const faint = Boolean(this.view.path) || (own > 0 && !line.own);
      const look = `line ${line.kind} ${how.tone}${faint ? " faint" : ""}${crowded ? " crowded" : ""}`;
      set(one.root, {class: look});
      const layer = how.important ? this.troubleLayer : this.lineLayer;
      if (one.root.parentNode !== layer) {
        layer.append(one.root);
      }
      set(one.line, {d: curve.d, "stroke-width": how.width});
      set(one.hit, {d: curve.d});
      set(one.head, {transform: `translate(${curve.x2} ${curve.y2}) scale(${curve.into} 1)`});
      if (how.text && !faint && (!crowded || how.important)) {
        labels.push({one, how, curve, look, key: line.key});
      } else if (one.label) {
        set(one.label, {display: "none"});
      }
    }
    this.drawLabels(labels);
  }

  makeLine(key) {
    const onclick = (event) => { event.stopPropagation(); this.act.line(key); };
    const one = {
      root: s("g", {class: "line"}),
      line: s("path", {class: "stroke"}),
      hit: s("path", {class: "hit", onclick}),
      head: s("path", {class: "head", d: "M-8 -4 0 0 -8 4Z"}),
      onclick,
    };
    one.root.append(one.line, one.head, one.hit);
    return one;
  }

  makeLabel(one) {
    one.pill = s("rect", {rx: 8});
    one.text = s("text", {"text-anchor": "middle"});
    one.label = s("g", {class: "label", onclick: one.onclick}, one.pill, one.text);
    this.labelLayer.append(one.label);
  }

  styleOf(line) {
    if (line.kind === "events") {
      const durable = line.flows.every((one) => one.durable);
      const text = `${durable ? "◆" : "◇"} ${rate(line.events)}` + (line.lag ? `  lag ${amount(line.lag)}` : "") +
          (line.gap ? `  ▲ ${amount(line.gap)} lost` : "") + (line.trouble ? `  ! ${line.trouble}` : "");
      const bad = line.trouble || line.gap;
      return {text: line.events > 0 || line.lag || bad ? text : "", important: Boolean(bad),
              tone: bad ? "bad" : line.events > 0 ? "busy" : "idle", width: line.events > 0 ? 2.5 : 1.5};
    }
    const {calls} = line;
    const trouble = troubleText(calls);
    const barred = line.breaker !== "closed";
    const busy = calls.calls_per_s > 0;
    const mark = line.breaker === "open" ? "⊘ open  " : barred ? "◐ half open  " : "";
    const time = calls.p99_us === null || ((barred || trouble) && this.layout.dense) ? "" : this.layout.dense ? `  ${span(calls.p99_us)}` : calls.atMost ? `  ≤ ${span(calls.p99_us)}`
        : `  ${span(calls.p50_us)} · ${span(calls.p99_us)}`;
    return {
      short: barred ? mark.trim() : trouble,
      text: busy || barred ? `${mark}${rate(calls.calls_per_s)}${time}${trouble ? "  " + trouble : ""}` : "",
      important: barred || trouble !== "",
      tone: barred ? "barred" : trouble ? "bad" : busy ? "busy" : "idle",
      width: busy ? Math.min(6, 1.4 + Math.log10(1 + calls.calls_per_s)).toFixed(1) : 1,
    };
  }

  /** Those in trouble have the first choice; else in an order that stays, so that labels stay. */
  drawLabels(labels) {
    const taken = [];
    const boxes = [...this.layout.places].filter(([key]) => key.startsWith("s:")).map(([, place]) => place);
    labels.sort((a, b) => b.how.important - a.how.important || (a.key < b.key ? -1 : 1));
    labels.forEach((label, i) => {
      const {one, how, curve} = label;
      const words = [how.text, how.short].filter((text) => text);
      const found = i < MOST_LABELS && !this.far &&
          words.map((text) => this.roomFor(text, how, curve, taken, boxes)).find((room) => room);
      if (found) {
        taken.push(found.box);
        this.putLabel(label, found);
      } else if (one.label) {
        set(one.label, {display: "none"});
      }
    });
  }

  /** On its line, where neither another label nor a box is. */
  roomFor(text, how, curve, taken, boxes) {
    const w = (text.length * (how.important ? 7 : 6.4) + 14) * this.growth;
    const h = 17 * this.growth;
    for (const t of [0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.12, 0.88]) {
      const {x, y} = curve.at(t);
      const box = {x: x - w / 2 - 2, y: y - h / 2 - 2, w: w + 4, h: h + 4};
      const hits = (other) => box.x < other.x + other.w && other.x < box.x + box.w &&
          box.y < other.y + other.h && other.y < box.y + box.h;
      if (!taken.some(hits) && !boxes.some(hits)) {
        return {text, box, x, y, w, h};
      }
    }
    return null;
  }

  putLabel({one, look}, {text, x, y, w, h}) {
    if (!one.label) {
      this.makeLabel(one);
    }
    set(one.label, {display: "inline", transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`,
                    class: `label ${look}`});
    set(one.pill, {x: -w / 2, y: -h / 2, width: w, height: h});
    set(one.text, {y: (4.2 * this.growth).toFixed(2)});
    say(one.text, text);
  }

  /** The steps of one call, numbered, over everything. */
  drawPath() {
    const path = this.view.path;
    const key = path ? path.key + this.layout.places.size + JSON.stringify([this.layout.bounds, this.growth]) : "";
    if (this.pathLayer.dataset.key === key) {
      return;
    }
    this.pathLayer.dataset.key = key;
    this.pathLayer.replaceChildren();
    if (!path) {
      return;
    }
    const seen = new Map();
    const ends = portsOf(path.hops, this.layout.places);
    for (const end of ends) {
      const curve = curveOf(end);
      this.pathLayer.append(s("path", {class: `hop ${end.line.kind}`, d: curve.d}),
                            s("path", {class: "hop-head", d: "M-11 -6 1 0 -11 6Z",
                                       transform: `translate(${curve.x2} ${curve.y2}) scale(${curve.into} 1)`}));
      const many = seen.get(end.line.from + end.line.to) || 0;
      seen.set(end.line.from + end.line.to, many + 1);
      const {x, y} = curve.at(0.5);
      this.pathLayer.append(
          s("g", {class: "step", transform: `translate(${x} ${y})`},
            s("g", {transform: `scale(${Math.max(this.growth, 1).toFixed(3)})`},
              s("rect", {x: -4 - 4.5 * end.line.number.length, y: -11, width: 8 + 9 * end.line.number.length, height: 22, rx: 11}),
              s("text", {"text-anchor": "middle", y: 4.5}, end.line.number))));
    }
  }

  /** The nearest of them that way: "ArrowLeft" ... */
  neighbour(from, way) {
    const place = this.layout.places.get(from);
    if (!place) {
      return null;
    }
    const middle = (one) => ({x: one.x + one.w / 2, y: one.key.startsWith("s:") ? one.y + 20 : one.y + one.h / 2});
    const here = middle({...place, key: from});
    let best = null;
    for (const key of this.boxes.keys()) {
      if (key === from) {
        continue;
      }
      const there = middle({...this.layout.places.get(key), key});
      const [dx, dy] = [there.x - here.x, there.y - here.y];
      const [along, across] = {ArrowLeft: [-dx, dy], ArrowRight: [dx, dy], ArrowUp: [-dy, dx], ArrowDown: [dy, dx]}[way];
      if (along > 1 && (best === null || along + 2.5 * Math.abs(across) < best.cost)) {
        best = {key, cost: along + 2.5 * Math.abs(across)};
      }
    }
    return best && best.key;
  }

  focus(key) {
    const one = this.boxes.get(key);
    if (one) {
      this.bringIntoSight(key);
      one.root.focus({preventScroll: true});
    }
    return Boolean(one);
  }
}
