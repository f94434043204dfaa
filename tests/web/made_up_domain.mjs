// SPDX-License-Identifier: MPL-2.0
// A domain that does not exist: so many nodes of a dozen services, with trouble here and there, as
// the documents that `kith web` would serve. The same seed gives the same documents.

import http from "node:http";
import fs from "node:fs";
import path from "node:path";

const SERVICES = [
  ["gate", 14], ["session", 16], ["quote", 24], ["order", 30], ["risk", 12], ["ledger", 10],
  ["pricing", 22], ["stock", 18], ["payment", 16], ["notify", 14], ["report", 8], ["archive", 6],
];
const CALLS = [
  ["gate", "session"], ["gate", "quote"], ["gate", "order"], ["quote", "pricing"], ["quote", "stock"],
  ["order", "risk"], ["order", "ledger"], ["order", "stock"], ["order", "payment"], ["payment", "ledger"],
  ["report", "archive"], ["risk", "pricing"],
];
const EVENTS = [
  ["order", "payment", "payment", true], ["payment", "notify", "payment.captured", false],
  ["stock", "report", "report", true], ["ledger", "archive", "archive", true], ["pricing", "quote", "price", false],
];

function chance(seed) {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

function figures(random, calls, slow) {
  const p50 = Math.round(300 + slow * 2000 * random());
  return {
    calls_per_s: Math.round(calls * 1000) / 1000, errors_per_s: 0, drops_per_s: 0,
    p50_us: p50, p99_us: p50 * 4, p999_us: p50 * 9,
  };
}

const sum = (all) => ({
  calls_per_s: all.reduce((n, one) => n + one.calls_per_s, 0),
  errors_per_s: all.reduce((n, one) => n + one.errors_per_s, 0),
  drops_per_s: 0,
  p50_us: all.length ? all[0].p50_us : null,
  p99_us: all.length ? Math.max(...all.map((one) => one.p99_us)) : null,
  p999_us: all.length ? Math.max(...all.map((one) => one.p999_us)) : null,
});

/** The document of second `state`; `scale` 1 has 190 nodes. `states` are those of the first orders. */
export function documentOf(state, scale = 1, states = []) {
  const random = chance(7 + state);
  const stable = chance(42);
  const nodes = SERVICES.flatMap(([service, many]) => Array.from({length: Math.ceil(many * scale)}, (_, i) => ({
    id: Math.floor(stable() * 2 ** 32).toString(16).padStart(8, "0").repeat(4),
    service, instance: `${service}-${i + 1}`, state: "running", why: "", zone: i % 2 ? "east" : "west",
    inbox: `tcp://10.1.${service.length}.${i}:5555`, version: "0.1.0", started_us: 1.76e15,
    served: figures(random, 0, 1), called: figures(random, 0, 1),
    events_per_s: 0, drops_per_s: 0, queue: 0, lag: 0, dead: 0,
    resident_mib: 24 + Math.floor(random() * 60), cpu_percent: Math.round(random() * 400) / 10,
  })));
  const of = (service) => nodes.filter((one) => one.service === service);
  const links = [];
  const routes = [];
  const serviceLinks = [];
  const breakers = [];
  for (const [from, to] of CALLS) {
    const callees = of(to);
    const own = of(from).flatMap((caller, i) => [0, 1, 2].map((k) => ({
      from: caller.id, to: callees[(i * 3 + k) % callees.length].id,
      calls: figures(random, 20 + random() * 60, to.length / 3), outstanding: Math.floor(random() * 3),
      breaker: "closed", barred: [],
    })));
    links.push(...own);
    const all = {from, to, calls: sum(own.map((one) => one.calls)), outstanding: 3, breaker: "closed", barred: []};
    serviceLinks.push(all);
    routes.push({from, to, method: `${to}.get`, calls: all.calls, in_flight: 3, failed: {}});
  }
  const risky = serviceLinks.find((one) => one.to === "risk");
  risky.breaker = "open";
  risky.barred = ["risk.get"];
  const barred = links.find((one) => one.to === of("risk")[0].id && of("order").some((n) => n.id === one.from));
  Object.assign(barred, {breaker: "open", barred: ["risk.get"]});
  breakers.push({from: barred.from, to: barred.to, method: "risk.get", state: "open", not_permitted: 40 + state});
  const wrong = serviceLinks.find((one) => one.to === "payment");
  wrong.calls.errors_per_s = 4.2;
  routes.find((one) => one.to === "payment").failed = {deadline_exceeded: 300 + state};
  for (const node of nodes) {
    node.served = sum(links.filter((one) => one.to === node.id).map((one) => one.calls));
    node.called = sum(links.filter((one) => one.from === node.id).map((one) => one.calls));
  }
  of("payment")[0].served.errors_per_s = 4.2;
  for (const node of [...of("order"), ...of("pricing"), ...of("stock")]) {
    node.events_per_s = 1 + Math.floor(random() * 9);
  }
  Object.assign(of("payment")[3] || {}, {state: "silent", why: "deadline_exceeded: payment kith.status had no answer in time"});
  of("archive")[1].instance = "<img src=x onerror=alert(1)>";  // names may be anybody's
  Object.assign(of("quote")[5] || {}, {state: "draining"});
  Object.assign(of("stock")[7] || {}, {state: "dead", why: "the link broke: connection reset"});
  states.forEach((one, i) => { of("order")[i].state = one; });
  if (states.length) {
    serviceLinks.find((one) => one.to === "session").breaker = "half_open";
  }
  const flows = EVENTS.flatMap(([from, to, name, durable]) => of(to).slice(0, durable ? 1 : 6).map((hearer) => ({
    from: durable ? "" : of(from)[0].id, from_service: from, to: hearer.id, name, durable,
    events_per_s: 5 + random() * 90, gap: 0, lag: durable ? Math.floor(random() * 4) : 0, trouble: "",
  })));
  return {
    state, domain: "floor", tool: "kith 0.1.0", nodes,
    services: SERVICES.map(([service]) => ({
      service, instances: of(service).filter((one) => one.state !== "dead").length,
      served: sum(of(service).map((one) => one.served).filter((one) => one.p99_us !== null)),
    })),
    links, links_left_out: 0, service_links: serviceLinks, routes, flows, flows_left_out: 0, breakers,
    books: {
      state: "balanced", findings: [], silent: ["payment-4"], in_flight: 61,
      dropped: {cancelled: 912, shed: 31}, reasons: {cancelled: "the caller gave up", shed: "it could not end in time"},
    },
  };
}

export function callsOf(state) {
  return {
    refusals: [],
    calls: Array.from({length: 30}, (_, i) => ({
      trace: (1000 + i).toString(16).padStart(32, "a"), span: "b".repeat(16), name: i % 5 ? "order.get" : "payment.get",
      from: `gate-${1 + (i % 9)}`, to: `order-${1 + (i % 20)}`, began_us: 1.7959e15 + state * 1e6 - i * 4e4,
      took_us: 900 + 350 * i, served_us: 600 + 300 * i, outcome: i === 3 ? "deadline_exceeded" : "reply", message: "",
    })),
  };
}

export function traceOf() {
  const step = (span, parent, kind, name, from, to, at, took) => ({
    span, parent, kind, name, from, to, began_us: 1.7959e15 + at, took_us: took, served_us: null,
    outcome: kind === "call" ? "reply" : "", message: "",
  });
  return {
    left_out: 0, asked: 190, told: 188,
    steps: [
      step("1", "", "call", "order.place", "gate-2", ["order-7"], 0, 18400),
      step("2", "1", "call", "risk.get", "order-7", ["risk-3"], 1200, 6100),
      step("3", "2", "call", "pricing.get", "risk-3", ["pricing-9"], 2000, 3900),
      step("4", "1", "call", "ledger.get", "order-7", ["ledger-2"], 8000, 4200),
      step("5", "1", "event", "order.placed #42", "order-7", ["payment-1"], 13000, null),
    ],
  };
}

const TYPES = {html: "text/html; charset=utf-8", css: "text/css", js: "text/javascript", svg: "image/svg+xml"};

/** Serves the page's files from a directory and the documents of a made-up domain beside them, each as `change` leaves it. */
export function serve(directory, {scale = 1, states = [], change = () => {}} = {}) {
  const asked = [];
  let state = 0;
  const server = http.createServer((request, response) => {
    const name = decodeURIComponent(request.url.slice(1)) || "index.html";
    asked.push(name);
    const give = (type, body) => response.writeHead(200, {"Content-Type": type}).end(body);
    if (name.startsWith("map/")) {
      const document = documentOf(++state, scale, states);
      change(document);
      give("application/json", JSON.stringify(document));
    } else if (name === "calls") {
      give("application/json", JSON.stringify(callsOf(state)));
    } else if (name.startsWith("trace/")) {
      give("application/json", JSON.stringify(traceOf()));
    } else if (/^[\w.]+$/.test(name) && fs.existsSync(path.join(directory, name))) {
      give(TYPES[name.split(".").pop()], fs.readFileSync(path.join(directory, name)));
    } else {
      response.writeHead(404).end();
    }
  });
  return new Promise((ready) => {
    server.listen(0, "127.0.0.1", () => ready({
      url: `http://127.0.0.1:${server.address().port}/`, asked, close: () => { server.close(); server.closeAllConnections(); },
    }));
  });
}
