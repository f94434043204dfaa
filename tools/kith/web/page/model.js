// SPDX-License-Identifier: MPL-2.0
// What the document says, joined up for drawing. Also remembers a minute of it.

import {isGone} from "./text.js";

const HISTORY = 60;
const EXPANDED_AT_FIRST = 12;  // so many instances, and all are shown at once

const NONE = Object.freeze(
    {calls_per_s: 0, errors_per_s: 0, drops_per_s: 0, p50_us: null, p99_us: null, p999_us: null});

/** Sums; the p99 of a sum is at most the greatest of its parts, and of its median nothing is known. */
export function sumOf(figures) {
  const all = {...NONE};
  for (const one of figures) {
    all.calls_per_s += one.calls_per_s;
    all.errors_per_s += one.errors_per_s;
    all.drops_per_s += one.drops_per_s;
    if (one.p99_us !== null && (all.p99_us === null || one.p99_us > all.p99_us)) {
      all.p99_us = one.p99_us;
    }
  }
  return {...all, atMost: true};
}

/** As people count: order-2 before order-10. One for all: to make it takes longer than many comparisons. */
export const inOrder = new Intl.Collator(undefined, {numeric: true}).compare;

export function byName(a, b) {
  return inOrder(a.instance, b.instance);
}

const BADNESS = {closed: 0, half_open: 1, open: 2};

function worse(a, b) {
  return BADNESS[b] > BADNESS[a] ? b : a;
}

export class Model {
  constructor() {
    this.state = 0;
    this.document = null;
    this.nodes = new Map();      // by id
    this.byInstance = new Map();
    this.services = new Map();   // by name: {name, nodes, figures, slots}
    this.expanded = new Set();   // services
    this.chosen = false;         // the user has opened or closed one
    this.history = new Map();    // by "n:id" or "s:name": calls per second
  }

  take(document) {
    this.document = document;
    this.state = document.state;
    this.nodes = new Map(document.nodes.map((one) => [one.id, one]));
    this.byInstance = new Map();
    for (const one of document.nodes) {
      if (!this.byInstance.has(one.instance) || !isGone(one)) {
        this.byInstance.set(one.instance, one);
      }
    }
    this.seatAll(document);
    this.remember(document);
    if (!this.chosen) {
      const all = document.nodes.length <= EXPANDED_AT_FIRST;
      this.expanded = new Set(all ? this.services.keys() : []);
    }
  }

  /** Each instance has a place in its service that it keeps; who comes takes a free one. */
  seatAll(document) {
    const figures = new Map(document.services.map((one) => [one.service, one.served]));
    const present = new Map();
    for (const one of document.nodes) {
      if (!present.has(one.service)) {
        present.set(one.service, []);
      }
      present.get(one.service).push(one);
    }
    for (const name of this.services.keys()) {
      if (!present.has(name)) {
        this.services.delete(name);
      }
    }
    for (const [name, nodes] of present) {
      const service = this.services.get(name) || {name, slots: []};
      service.nodes = nodes;
      service.figures = figures.get(name) || NONE;
      const ids = new Set(nodes.map((one) => one.id));
      service.slots = service.slots.map((id) => (ids.has(id) ? id : null));
      const seated = new Set(service.slots);
      for (const one of nodes.filter((node) => !seated.has(node.id)).sort(byName)) {
        const free = service.slots.indexOf(null);
        service.slots[free < 0 ? service.slots.length : free] = one.id;
      }
      while (service.slots.length && service.slots[service.slots.length - 1] === null) {
        service.slots.pop();
      }
      this.services.set(name, service);
    }
  }

  remember(document) {
    const seen = new Set();
    const add = (key, value) => {
      seen.add(key);
      const line = this.history.get(key) || [];
      if (!line.length && value === 0) {
        return;  // there are no rates yet
      }
      line.push(value);
      this.history.set(key, line.slice(-HISTORY));
    };
    for (const one of document.nodes) {
      add("n:" + one.id, one.served.calls_per_s + one.called.calls_per_s + one.events_per_s);
    }
    for (const one of document.services) {
      add("s:" + one.service, one.served.calls_per_s);
    }
    for (const key of this.history.keys()) {
      if (!seen.has(key)) {
        this.history.delete(key);
      }
    }
  }

  serviceOf(id) {
    const node = this.nodes.get(id);
    return node ? node.service : "";
  }

  /** What stands for a node on the map: itself, or its service when that is closed. */
  placeOf(id) {
    const node = this.nodes.get(id);
    return !node ? "" : this.expanded.has(node.service) ? "n:" + id : "s:" + node.service;
  }

  toggle(name) {
    this.chosen = true;
    if (!this.expanded.delete(name)) {
      this.expanded.add(name);
    }
  }

  expandAll(open) {
    this.chosen = true;
    this.expanded = new Set(open ? this.services.keys() : []);
  }

  /** The lines between places: {key, from, to, kind, figures, breaker, barred, flows}. */
  lines() {
    const lines = new Map();
    if (!this.document) {
      return lines;
    }
    this.addCalls(lines);
    this.addFlows(lines);
    return lines;
  }

  addCalls(lines) {
    for (const one of this.document.service_links) {
      if (!this.expanded.has(one.from) && !this.expanded.has(one.to)) {
        const [from, to] = ["s:" + one.from, "s:" + one.to];
        lines.set(`c ${from} ${to}`, {...one, key: `c ${from} ${to}`, from, to, kind: "calls"});
      }
    }
    for (const one of this.document.links) {
      const [from, to] = [this.placeOf(one.from), this.placeOf(one.to)];
      if (!from || !to || (from.startsWith("s:") && to.startsWith("s:"))) {
        continue;
      }
      const key = `c ${from} ${to}`;
      const known = lines.get(key);
      if (!known) {
        lines.set(key, {...one, key, from, to, kind: "calls"});
      } else {
        known.calls = sumOf([known.calls, one.calls]);
        known.outstanding += one.outstanding;
        known.breaker = worse(known.breaker, one.breaker);
        known.barred = [...new Set([...known.barred, ...one.barred])];
      }
    }
  }

  /** Of durable events any instance of the service is the source: its service's box is. */
  addFlows(lines) {
    for (const one of this.document.flows) {
      const from = one.durable ? "s:" + one.from_service : this.placeOf(one.from);
      const to = this.placeOf(one.to);
      if (!from || !to || (one.durable && !this.services.has(one.from_service))) {
        continue;
      }
      const key = `e ${from} ${to}`;
      const line = lines.get(key) ||
          {key, from, to, kind: "events", flows: [], events: 0, lag: 0, gap: 0, trouble: ""};
      line.flows.push(one);
      line.events += one.events_per_s;
      line.lag += one.lag;
      line.gap += one.gap;
      line.trouble = line.trouble || one.trouble;
      lines.set(key, line);
    }
  }

  /** The sums of the head line. */
  totals() {
    const living = this.document.nodes.filter((one) => !isGone(one));
    const sum = (read) => living.reduce((all, one) => all + read(one), 0);
    return {
      nodes: living.length,
      services: new Set(living.map((one) => one.service).filter((one) => one)).size,
      unwell: this.document.nodes.filter((one) => one.state !== "running" && one.state !== "asked").length,
      calls: sum((one) => one.served.calls_per_s),
      errors: sum((one) => one.served.errors_per_s),
      events: sum((one) => one.events_per_s),
      drops: sum((one) => one.drops_per_s),
      open: this.document.breakers.filter((one) => one.state !== "closed").length,
    };
  }
}
