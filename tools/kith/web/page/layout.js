// SPDX-License-Identifier: MPL-2.0
// Where everything is. Services stand in columns, callers to the left of whom they call. A service
// keeps its column and its place there until the map is laid out anew; who comes is added.

import {isTight, scaleToFit} from "./reading.js";
import {ownName} from "./text.js";

// An instance is drawn with its figures, or by its name alone where not all of them have room.
const FULL = {
  pill: {w: 204, h: 50, gap: 8}, head: 62, pad: 12, gap: 40, widestGap: 96, inColumn: 8,
  columnGap: {few: 210, many: 156},  // a label fits between two boxes
};
const COMPACT = {
  pill: {w: 48, h: 20, gap: 4}, wide: 100, head: 46, pad: 8, gap: 16, widestGap: 40, inColumn: 9,
  columnGap: {few: 150, many: 84},
};
const SHORT_NAME = 3;  // fits into a narrow one,
export const LONG_NAME = 9;  // and so much into a wide one
const BOX = {w: 204, head: 62, pad: 12};  // of a service that is closed
const FEW = 3;             // columns
export const DOT = {cell: 15, perRow: 12, rows: 5};
const TALLEST = 6;         // services in a column

/** How far to the right each service belongs: behind all that call it, circles left aside. */
function ranksOf(names, edges) {
  const out = new Map(names.map((name) => [name, []]));
  for (const edge of edges) {
    if (edge.from !== edge.to && out.has(edge.from) && out.has(edge.to)) {
      out.get(edge.from).push(edge);
    }
  }
  const rank = new Map(names.map((name) => [name, 0]));
  const state = new Map();
  const order = [];
  const forward = new Map(names.map((name) => [name, []]));
  const visit = (name) => {
    state.set(name, "open");
    for (const edge of [...out.get(name)].sort((a, b) => b.weight - a.weight || a.to.localeCompare(b.to))) {
      if (state.get(edge.to) === "open") {
        continue;  // it would close a circle
      }
      forward.get(name).push(edge.to);
      if (!state.has(edge.to)) {
        visit(edge.to);
      }
    }
    state.set(name, "done");
    order.unshift(name);
  };
  const called = new Set(edges.filter((one) => one.from !== one.to).map((one) => one.to));
  for (const name of [...names].sort((a, b) => called.has(a) - called.has(b) || a.localeCompare(b))) {
    if (!state.has(name)) {
      visit(name);
    }
  }
  for (const name of order) {
    for (const to of forward.get(name)) {
      rank.set(to, Math.max(rank.get(to), rank.get(name) + 1));
    }
  }
  return rank;
}

export class Layout {
  constructor() {
    this.columns = [];       // of names of services
    this.places = new Map(); // key -> {x, y, w, h}
    this.settled = false;
    this.room = {width: 0, height: 0};  // in pixels
    this.zoom = 1;
    this.style = FULL;
  }

  /** Whether instances are drawn by their names alone. */
  get compact() {
    return this.style === COMPACT;
  }

  /** Everything anew. */
  arrange(model) {
    const names = [...model.services.keys()];
    const edges = model.document.service_links.map(
        (one) => ({from: one.from, to: one.to, weight: one.calls.calls_per_s + 1}));
    const talking = new Set(edges.flatMap((one) => [one.from, one.to]));
    for (const flow of model.document.flows) {
      const to = model.serviceOf(flow.to);
      if (!talking.has(to) || !talking.has(flow.from_service)) {
        edges.push({from: flow.from_service, to, weight: 0});
      }
    }
    const rank = ranksOf(names, edges);
    const ranked = [];
    for (const name of names.sort((a, b) => a.localeCompare(b))) {
      const at = rank.get(name);
      (ranked[at] = ranked[at] || []).push(name);
    }
    this.columns = [];
    for (const column of ranked.filter((one) => one)) {
      const parts = Math.ceil(column.length / TALLEST);
      const size = Math.ceil(column.length / parts);
      for (let i = 0; i < parts; ++i) {
        this.columns.push(column.slice(i * size, (i + 1) * size));
      }
    }
    this.untangle(edges);
    this.settled = [...model.nodes.values()].every((one) => one.state !== "asked");
  }

  /** Within a column, near to whom one talks to. */
  untangle(edges) {
    const row = new Map();
    const number = () => this.columns.forEach((names) => names.forEach(
        (name, at) => row.set(name, (at + 0.5) / names.length)));
    number();
    const near = new Map();
    for (const {from, to} of edges) {
      near.set(from, [...(near.get(from) || []), to]);
      near.set(to, [...(near.get(to) || []), from]);
    }
    for (let sweep = 0; sweep < 4; ++sweep) {
      const columns = sweep % 2 ? [...this.columns].reverse() : this.columns;
      for (const names of columns) {
        const wish = new Map(names.map((name) => {
          const others = (near.get(name) || []).filter((one) => !names.includes(one) && row.has(one));
          return [name, others.length ? others.reduce((all, one) => all + row.get(one), 0) / others.length
                                      : row.get(name)];
        }));
        names.sort((a, b) => wish.get(a) - wish.get(b) || a.localeCompare(b));
        number();
      }
    }
  }

  /** Those who have come are added, those who have gone leave their place; then all is measured. */
  update(model) {
    if (!this.settled) {
      this.arrange(model);
    }
    for (const names of this.columns) {
      for (let i = names.length - 1; i >= 0; --i) {
        if (!model.services.has(names[i])) {
          names.splice(i, 1);
        }
      }
    }
    this.columns = this.columns.filter((names) => names.length);
    const placed = new Set(this.columns.flat());
    for (const name of model.services.keys()) {
      if (!placed.has(name)) {
        const shortest = this.columns.length
            ? this.columns.reduce((a, b) => (b.length < a.length ? b : a)) : null;
        if (shortest) {
          shortest.push(name);
        } else {
          this.columns.push([name]);
        }
      }
    }
    this.measure(model);
  }

  /** As much room between the boxes of a column as the window has. */
  gapFor(sums, width) {
    const most = Math.max(1, ...this.columns.map((names) => names.length));
    const {gap, widestGap} = this.style;
    const aspect = this.room.width > 0 ? (this.room.height - 40) / this.room.width : 0;
    const room = width * aspect - Math.max(0, ...sums);
    return most < 2 ? gap : Math.min(widestGap, Math.max(gap, room / most));
  }

  /** In full where that can be read, as far as it is zoomed. */
  measure(model) {
    this.measureAs(FULL, model);
    if (model.expanded.size > 0 && this.room.width > 0 &&
        isTight(scaleToFit(this.bounds, this.room) * this.zoom)) {
      this.measureAs(COMPACT, model);
    }
  }

  measureAs(style, model) {
    this.style = style;
    this.places = new Map();
    this.dense = this.columns.length > FEW;
    const between = this.dense ? style.columnGap.many : style.columnGap.few;
    let x = 0;
    const sums = this.columns.map((names) => names.reduce((sum, name) => sum + this.sizeOf(model, name).h, 0));
    const widths = this.columns.map((names) => Math.max(...names.map((name) => this.sizeOf(model, name).w)));
    const gap = this.gapFor(sums, widths.reduce((a, b) => a + b + between, -between));
    const heights = this.columns.map((names, i) => sums[i] + gap * (names.length - 1));
    const tallest = Math.max(0, ...heights);
    this.columns.forEach((names, at) => {
      const sizes = names.map((name) => this.sizeOf(model, name));
      const width = Math.max(...sizes.map((one) => one.w));
      let y = (tallest - heights[at]) / 2;
      names.forEach((name, i) => {
        const box = {x: x + (width - sizes[i].w) / 2, y, ...sizes[i]};
        this.places.set("s:" + name, {...box, left: box.x, right: box.x + box.w});
        this.placePills(model, name, box);
        y += box.h + gap;
      });
      x += width + between;
    });
    this.bounds = {w: Math.max(1, x - between), h: Math.max(1, tallest)};
  }

  sizeOf(model, name) {
    const service = model.services.get(name);
    const n = service.slots.length;
    if (!model.expanded.has(name)) {
      const rows = Math.min(DOT.rows, Math.ceil(n / DOT.perRow));
      return {w: BOX.w, h: BOX.head + rows * DOT.cell + BOX.pad, pillColumns: 0};
    }
    const {pill, head, pad, inColumn} = this.style;
    const w = this.pillWidth(service);
    const narrowest = Math.floor((BOX.w + 2 * pad + pill.gap) / (w + pill.gap));
    const pillColumns = Math.max(1, Math.min(n, narrowest), Math.ceil(n / inColumn));
    const rows = Math.ceil(n / pillColumns);
    return {
      w: Math.max(BOX.w, pillColumns * (w + pill.gap) - pill.gap + 2 * pad),
      h: head + rows * (pill.h + pill.gap) - pill.gap + pad,
      pillColumns,
    };
  }

  pillWidth(service) {
    const {pill, wide} = this.style;
    return wide && service.nodes.some((one) => ownName(one, LONG_NAME).length > SHORT_NAME) ? wide : pill.w;
  }

  placePills(model, name, box) {
    if (!box.pillColumns) {
      return;
    }
    const service = model.services.get(name);
    const {pill, head, pad} = this.style;
    const rows = Math.ceil(service.slots.length / box.pillColumns);
    const w = this.pillWidth(service);
    service.slots.forEach((id, slot) => {
      if (id !== null) {
        this.places.set("n:" + id, {
          x: box.x + pad + Math.floor(slot / rows) * (w + pill.gap),
          y: box.y + head + (slot % rows) * (pill.h + pill.gap),
          w,
          h: pill.h,
          left: box.x,  // lines end at the box around it
          right: box.x + box.w,
        });
      }
    });
  }
}

/** Where on their boxes lines begin and end: those of one side are spread over it. */
export function portsOf(lines, places) {
  const sides = new Map();
  const ends = [];
  const add = (key, side, other, line, put) => {
    const id = key + side;
    if (!sides.has(id)) {
      sides.set(id, []);
    }
    sides.get(id).push({other, key: line.key, put});
  };
  for (const line of lines) {
    const a = places.get(line.from);
    const b = places.get(line.to);
    if (!a || !b || line.from === line.to) {
      continue;
    }
    const end = {line, a, b};
    const [fromSide, toSide] = b.left >= a.right ? ["r", "l"] : a.left >= b.right ? ["l", "r"] : ["r", "r"];
    end.sides = [fromSide, toSide];
    add(line.from, fromSide, b.y + b.h / 2, line, (y) => { end.y1 = y; });
    add(line.to, toSide, a.y + a.h / 2, line, (y) => { end.y2 = y; });
    ends.push(end);
  }
  for (const [id, all] of sides) {
    const box = places.get(id.slice(0, -1));
    all.sort((p, q) => p.other - q.other || (p.key < q.key ? -1 : 1));
    all.forEach((one, i) => one.put(box.y + ((i + 1) * box.h) / (all.length + 1)));
  }
  return ends;
}

/** A curve between two ports, and a function along it. */
export function curveOf({a, b, y1, y2, sides}) {
  const x1 = sides[0] === "r" ? a.right : a.left;
  const x2 = sides[1] === "r" ? b.right : b.left;
  const reach = Math.max(40, Math.abs(x2 - x1) * 0.45);
  const c1 = x1 + (sides[0] === "r" ? reach : -reach);
  const c2 = x2 + (sides[1] === "r" ? reach : -reach);
  const at = (t) => {
    const u = 1 - t;
    return {
      x: u * u * u * x1 + 3 * u * u * t * c1 + 3 * u * t * t * c2 + t * t * t * x2,
      y: u * u * u * y1 + 3 * u * u * t * y1 + 3 * u * t * t * y2 + t * t * t * y2,
    };
  };
  return {d: `M${x1} ${y1}C${c1} ${y1} ${c2} ${y2} ${x2} ${y2}`, at, into: sides[1] === "l" ? 1 : -1, x2, y2};
}
