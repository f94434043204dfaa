// SPDX-License-Identifier: MPL-2.0
// The same as tables: sorted by any column, with the keyboard as well.

import {nameOf} from "./draw.js";
import {inOrder} from "./model.js";
import {amount, count, h, memory, patchChildren, rate, say, set, span, standing} from "./text.js";

const MOST_ROWS = 300;  // until more are asked for
const text = (title, read) => ({title, read, show: read, numeric: false});
const number = (title, read, show) => ({title, read, show: (row) => show(read(row)), numeric: true});
const perSecond = (title, read) => number(title, read, rate);
const time = (title, read) => number(title, (row) => read(row) ?? -1, (us) => span(us < 0 ? null : us));

const callColumns = (read) => [
  perSecond("calls", (row) => read(row).calls_per_s),
  perSecond("errors", (row) => read(row).errors_per_s),
  time("p50", (row) => read(row).p50_us),
  time("p99", (row) => read(row).p99_us),
  time("p99.9", (row) => read(row).p999_us),
];

function tablesOf(model) {
  const name = (id) => (model.nodes.get(id) || {instance: id.slice(0, 8)}).instance;
  return {
    instances: {
      rows: (doc) => doc.nodes,
      go: (row) => "n:" + row.id,
      columns: [
        text("instance", (row) => row.instance),
        text("service", (row) => nameOf(row.service)),
        text("state", (row) => `${standing(row).mark} ${standing(row).word}`),
        ...callColumns((row) => row.served),
        perSecond("events", (row) => row.events_per_s),
        perSecond("dropped", (row) => row.drops_per_s),
        number("queue", (row) => row.queue, amount),
        number("lag", (row) => row.lag, amount),
        number("dead", (row) => row.dead, amount),
        number("cpu %", (row) => row.cpu_percent, amount),
        number("memory", (row) => row.resident_mib, memory),
      ],
    },
    services: {
      rows: (doc) => doc.services,
      go: (row) => "s:" + row.service,
      columns: [
        text("service", (row) => nameOf(row.service)),
        number("instances", (row) => row.instances, String),
        ...callColumns((row) => row.served),
      ],
    },
    links: {
      rows: (doc) => doc.links,
      go: (row) => "n:" + row.to,
      columns: [
        text("from", (row) => name(row.from)),
        text("to", (row) => name(row.to)),
        ...callColumns((row) => row.calls),
        number("in flight", (row) => row.outstanding, amount),
        text("breaker", (row) => (row.breaker === "closed" ? "closed" : row.breaker === "open" ? "⊘ open" : "◐ half open")),
      ],
    },
    methods: {
      rows: (doc) => doc.routes,
      go: (row) => "s:" + row.to,
      columns: [
        text("method", (row) => row.method),
        text("called by", (row) => nameOf(row.from)),
        text("at", (row) => nameOf(row.to)),
        ...callColumns((row) => row.calls),
        number("in flight", (row) => row.in_flight, amount),
        text("failed so far", (row) => Object.entries(row.failed).map(([code, n]) => `${amount(n)} ${code}`).join(", ")),
      ],
    },
    events: {
      rows: (doc) => doc.flows,
      go: (row) => "n:" + row.to,
      columns: [
        text("topic or group", (row) => row.name),
        text("kind", (row) => (row.durable ? "◆ durable" : "◇ volatile")),
        text("from", (row) => (row.durable ? nameOf(row.from_service) : name(row.from))),
        text("to", (row) => name(row.to)),
        perSecond("events", (row) => row.events_per_s),
        number("lag", (row) => row.lag, amount),
        number("lost", (row) => row.gap, amount),
        text("trouble", (row) => row.trouble),
      ],
    },
    breakers: {
      rows: (doc) => doc.breakers,
      go: (row) => "n:" + row.to,
      columns: [
        text("method", (row) => row.method),
        text("caller", (row) => name(row.from)),
        text("at", (row) => name(row.to)),
        text("state", (row) => (row.state === "closed" ? "closed" : row.state === "open" ? "⊘ open" : "◐ half open")),
        number("kept away", (row) => row.not_permitted, amount),
      ],
    },
  };
}

export class Tables {
  /** `go(key)` */
  constructor(tabs, box, go) {
    this.tabs = tabs;
    this.box = box;
    this.shown = "instances";
    this.sorted = {};
    this.whole = false;  // all rows are shown
    this.rest = h("button", {onclick: () => { this.whole = true; this.redraw(); }});
    tabs.addEventListener("click", (event) => this.choose(event.target.closest("[data-table]")));
    tabs.addEventListener("keydown", (event) => this.onTabKey(event));
    box.addEventListener("click", (event) => {
      const heading = event.target.closest("[data-column]");
      const row = event.target.closest("[data-go]");
      if (heading) {
        this.sort(Number(heading.dataset.column));
      } else if (row) {
        go(row.dataset.go);
      }
    });
  }

  choose(tab) {
    if (tab) {
      this.shown = tab.dataset.table;
      this.whole = false;
      this.redraw();
    }
  }

  onTabKey(event) {
    const step = {ArrowRight: 1, ArrowLeft: -1}[event.key];
    if (!step) {
      return;
    }
    event.preventDefault();
    const all = [...this.tabs.children];
    const at = all.findIndex((one) => one.dataset.table === this.shown);
    const next = all[(at + step + all.length) % all.length];
    this.choose(next);
    next.focus();
  }

  sort(column) {
    const now = this.sorted[this.shown];
    this.sorted[this.shown] = {column, reverse: Boolean(now && now.column === column && !now.reverse)};
    this.redraw();
  }

  redraw() {
    if (this.model) {
      this.draw(this.model, this.filter);
    }
  }

  draw(model, filter) {
    this.model = model;
    this.filter = filter;
    const all = tablesOf(model);
    patchChildren(this.tabs, Object.keys(all).map((name) => h("button", {
      role: "tab", id: `tab-${name}`, "data-table": name, "aria-selected": name === this.shown,
      tabindex: name === this.shown ? 0 : -1, "aria-controls": "table-box",
    }, `${name} `, h("span", {class: "muted num"}, String(all[name].rows(model.document).length)))));
    this.box.setAttribute("aria-labelledby", `tab-${this.shown}`);
    this.fill(all[this.shown], filter);
  }

  /** Elements stay, and only what differs is written: there may be hundreds of rows, each second. */
  fill(table, filter) {
    if (this.filled !== this.shown) {
      this.filled = this.shown;
      this.head = h("tr");
      this.body = h("tbody");
      this.rows = [];
      this.box.replaceChildren(h("table", {}, h("thead", {}, this.head), this.body), this.rest);
    }
    const {columns} = table;
    const how = this.sorted[this.shown] || {column: 0, reverse: false};
    this.fillHead(columns, how);
    const all = this.chosenRows(table, how, filter);
    const shown = this.whole ? all : all.slice(0, MOST_ROWS);
    this.rest.hidden = shown.length === all.length;
    say(this.rest, `Show ${count(all.length - shown.length, "more row")}`);
    shown.forEach((row, i) => {
      const one = this.rows[i] || this.addRow(columns);
      set(one.button, {"data-go": table.go(row)});
      columns.forEach((column, k) => {
        const text = column.show(row);
        if (one.cells[k].data !== text) {
          one.cells[k].data = text;
        }
      });
    });
    for (const one of this.rows.splice(shown.length)) {
      one.root.remove();
    }
  }

  chosenRows({columns, rows}, how, filter) {
    const by = columns[how.column];
    const compare = by.numeric ? (a, b) => b.value - a.value : (a, b) => inOrder(a.value, b.value);
    return rows(this.model.document)
        .filter((row) => !filter || columns.some((one) => !one.numeric && one.read(row).toLowerCase().includes(filter)))
        .map((row) => ({row, value: by.read(row)}))
        .sort((a, b) => (how.reverse ? compare(b, a) : compare(a, b)))
        .map((one) => one.row);
  }

  fillHead(columns, how) {
    const state = (i) => (i !== how.column ? "none"
        : columns[i].numeric !== how.reverse ? "descending" : "ascending");
    patchChildren(this.head, columns.map((one, i) => h("th", {
      scope: "col", "aria-sort": state(i), class: one.numeric ? "num" : "",
    }, h("button", {"data-column": i}, one.title, h("span", {"aria-hidden": "true"},
        {none: "", ascending: " ▲", descending: " ▼"}[state(i)])))));
  }

  addRow(columns) {
    const cells = columns.map(() => document.createTextNode(""));
    const button = h("button", {}, cells[0]);
    const root = h("tr", {}, h("th", {scope: "row"}, button), ...columns.slice(1).map(
        (one, i) => h("td", {class: one.numeric ? "num" : ""}, cells[i + 1])));
    const one = {root, button, cells};
    this.rows.push(one);
    this.body.append(root);
    return one;
  }
}
