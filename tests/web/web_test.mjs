// SPDX-License-Identifier: MPL-2.0
// The page of `kith web` in Chromium: against real services, and against a made-up domain of 200
// nodes. Nothing may be asked of another host.

import assert from "node:assert/strict";
import {spawn, spawnSync} from "node:child_process";
import dgram from "node:dgram";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import {after, before, test} from "node:test";
import {fileURLToPath} from "node:url";
import {chromium} from "playwright-core";

import {serve} from "./made_up_domain.mjs";

const BIN = process.env.KITH_BIN_DIR || "build/dev/bin";
const HERE = path.dirname(fileURLToPath(import.meta.url));
const PAGE = path.join(HERE, "../../tools/kith/web/page");
const SHOTS = process.env.KITH_WEB_SHOTS;  // a directory: pictures are left there
const LIMIT = 20000;
const LEAST_TEXT = 11;  // pixels on the screen
// Of one frame, in ms: some times what it takes, for other tests run at the same time.
const LONGEST_OPENING = 4000;
const LONGEST_UPDATE = 2000;
const SOME_UPDATES = 3200;
const STATES = {  // a mark and a word for each
  running: ["●", "running"], starting: ["◔", "starting"], asked: ["○", "not heard yet"],
  draining: ["◒", "draining"], stopping: ["◌", "stopping"], stopped: ["◌", "stopped"],
  suspect: ["?", "suspect"], silent: ["!", "does not answer"], denied: ["⊝", "may not be asked"],
  left: ["✕", "has left"], dead: ["✕", "is gone"],
};

const directory = fs.mkdtempSync(path.join(os.tmpdir(), "kith-web-"));
const children = [];
let context;
let foreign = [];

function start(program, ...flags) {
  const log = fs.openSync(path.join(directory, `${path.basename(program)}-${children.length}.log`), "w");
  const child = spawn(path.join(BIN, program), flags, {
    stdio: ["ignore", "pipe", log],
    env: {...process.env, KITH_DOMAIN: `web-${process.pid}`, KITH_BEACON_PORT: String(start.port)},
  });
  child.output = "";
  child.stdout.on("data", (text) => { child.output += text; });
  child.ended = new Promise((done) => { child.on("exit", done); });
  children.push(child);
  return child;
}

async function until(what, condition) {
  const end = Date.now() + LIMIT;
  for (;;) {
    const value = await condition();
    if (value) {
      return value;
    }
    assert.ok(Date.now() < end, `in ${LIMIT} ms: ${what}`);
    await new Promise((done) => { setTimeout(done, 50); });
  }
}

function freeUdpPort() {
  return new Promise((done) => {
    const probe = dgram.createSocket("udp4");
    probe.bind(0, "127.0.0.1", () => {
      const {port} = probe.address();
      probe.close(() => done(port));
    });
  });
}

async function open(url, options = {}) {
  const page = await context.newPage();
  const wrong = [];
  page.on("pageerror", (why) => wrong.push(why.stack));
  page.on("console", (line) => { if (line.type() === "error") { wrong.push(line.text()); } });
  page.on("request", (one) => { if (new URL(one.url()).host !== new URL(url).host) { foreign.push(one.url()); } });
  page.wrong = wrong;
  if (options.scheme) {
    await page.emulateMedia({colorScheme: options.scheme});
  }
  await page.goto(url);
  return page;
}

async function shoot(page, name) {
  if (SHOTS) {
    await page.screenshot({path: path.join(SHOTS, `${name}.png`)});
  }
}

/** From here on the page knows the longest time between two frames. */
const watchFrames = (page) => page.evaluate(() => {
  let last = performance.now();
  window.longest = 0;
  const step = (now) => {
    window.longest = Math.max(window.longest, now - last);
    last = now;
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
});

/** How long a frame took at most since it was asked last, in ms; what has been done is drawn before it answers. */
const longestFrame = (page) => page.evaluate(() => new Promise((done) => {
  const later = (frames) => requestAnimationFrame(() => (frames ? later(frames - 1) : done(Math.round(window.longest))));
  later(2);
}).finally(() => { window.longest = 0; }));

/** What becomes of the lines in so many ms: how many are new, and how often one has moved. */
const changesOfLines = (page, ms) => page.evaluate((wait) => new Promise((done) => {
  const seen = {made: 0, moved: 0};
  const watcher = new MutationObserver((changes) => {
    for (const one of changes) {
      seen.made += one.addedNodes.length;
      seen.moved += one.type === "attributes" && one.target.matches(".stroke") ? 1 : 0;
    }
  });
  watcher.observe(document.querySelector(".lines"), {childList: true, subtree: true, attributeFilter: ["d"]});
  setTimeout(() => { watcher.disconnect(); done(seen); }, wait);
}), ms);

/** How many labels of what is in trouble lie over a box. */
const covered = (page) => page.evaluate(() => {
  const boxes = [...document.querySelectorAll(".service .box")].map((one) => one.getBoundingClientRect());
  return [...document.querySelectorAll(".label.bad rect, .label.barred rect")]
      .filter((one) => one.getBoundingClientRect().width > 0)
      .filter((label) => {
        const at = label.getBoundingClientRect();
        return boxes.some((box) => Math.min(at.right, box.right) - Math.max(at.left, box.left) > 2 &&
            Math.min(at.bottom, box.bottom) - Math.max(at.top, box.top) > 2);
      }).length;
});

/** Text of the map that is seen, where it is and how large it is drawn, in pixels. */
const textsOf = (page) => page.evaluate(() => [...document.querySelectorAll("#canvas .boxes text, #canvas .label text")].flatMap((one) => {
  const sides = ({left, right, top, bottom, width}) => ({left, right, top, bottom, width});
  const inkOf = (at) => ({...at, top: at.top + 0.2 * (at.bottom - at.top), bottom: at.bottom - 0.2 * (at.bottom - at.top)});
  const at = sides(one.getBoundingClientRect());
  const label = one.closest(".label");
  const hidden = !one.textContent || at.width === 0 || (label && getComputedStyle(label).opacity < 0.05);
  const box = hidden ? null : sides(one.closest(".label, .node, .service").querySelector("rect.box, .label > rect").getBoundingClientRect());
  return hidden ? [] : [{text: one.textContent, size: parseFloat(getComputedStyle(one).fontSize) * one.getScreenCTM().a,
                         at, box, all: label ? box : one.matches(".dot") ? inkOf(at) : at}];
}));

/** None is too small to be read, none leaves its box, none lies over another. */
async function assertReadable(page, least, what) {
  const texts = await textsOf(page);
  assert.ok(texts.length >= least, `${what}: ${texts.length} texts`);
  const small = texts.filter((one) => one.size < LEAST_TEXT);
  assert.deepEqual(small.map((one) => `${one.text}: ${one.size.toFixed(1)}`), [], `${what}: too small`);
  const outside = texts.filter(({at, box}) => at.left < box.left - 1 || at.right > box.right + 1);
  assert.deepEqual(outside.map((one) => one.text), [], `${what}: leaves its box`);
  const apart = 2;
  const over = texts.flatMap((one, i) => texts.slice(i + 1)
      .filter(({all}) => Math.min(one.all.right, all.right) - Math.max(one.all.left, all.left) > apart &&
          Math.min(one.all.bottom, all.bottom) - Math.max(one.all.top, all.top) > apart)
      .map((other) => `${one.text} / ${other.text}`));
  assert.deepEqual(over, [], `${what}: one over another`);
}

/** The label of what has the focus. */
const focused = (page) => page.evaluate(() => document.activeElement.getAttribute("aria-label") || "");
const node = (page, service) => page.locator(`.node[aria-label^="${service}"]`);

before(async () => {
  start.port = await freeUdpPort();
  context = await chromium.launchPersistentContext(path.join(directory, "profile"), {
    executablePath: process.env.KITH_CHROMIUM || "/usr/bin/chromium", headless: true, viewport: {width: 1440, height: 900},
    args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
           "--disable-component-update", "--disable-sync"],
  });
  for (let i = 0; i < 2; ++i) {
    start("order", "--database", path.join(directory, "order.db"));
  }
  start("payment", "--database", path.join(directory, "payment.db"), "--gateway", "service");
  start("gateway", "--database", path.join(directory, "gateway.db"));
  start("storefront", "--generate", "5000", "--instances", "1", "--rate", "20", "--window", "50");
});

/** What does not balance in the books of who is left; the gateway was killed. */
function audit() {
  const found = spawnSync("python3", ["-B", path.join(HERE, "..", "support", "audit.py"), "--crashed", "1",
                                      "--domain", `web-${process.pid}`, "--beacon-port", String(start.port)],
                          {encoding: "utf8"});
  return found.stdout + found.stderr;
}

after(async () => {
  await context.close();
  const unbalanced = audit();
  for (const child of children.reverse()) {
    child.kill();
  }
  await Promise.all(children.map((one) => one.ended));
  if (process.exitCode) {
    console.error(fs.readdirSync(directory).filter((one) => one.endsWith(".log"))
        .map((one) => `--- ${one}\n${fs.readFileSync(path.join(directory, one))}`).join(""));
  }
  fs.rmSync(directory, {recursive: true, force: true});
  assert.equal(unbalanced, "");
});

test("a real domain: live, by keyboard, with the path of a call", async () => {
  const web = start("kith", "web", "--listen", "127.0.0.1:0");
  const url = (await until("the address", () => /http:\S+/.exec(web.output)))[0];
  const page = await open(url);
  await until("four instances and a client", async () => await page.locator(".node").count() >= 5);
  await until("calls have a rate", async () => /\d\/s {2}\S+ .?s · \S+ .?s/.test((await page.locator(".label.calls").allTextContents()).join()));
  await until("events flow", async () => (await page.locator(".label.events").allTextContents()).some((one) => one.includes("◆")));
  await until("the books balance", async () => (await page.locator("#details .card").textContent()).includes("balance"));
  await shoot(page, "real-4");
  await assertReadable(page, 15, "four instances");

  // With the keyboard alone.
  await page.locator("#canvas").focus();
  await page.keyboard.press("ArrowRight");
  const first = await focused(page);
  assert.match(first, /service|running/);
  let walk = 1;
  await until("arrows lead there", async () => {
    walk = (walk * 75 + 74) % 65537;
    await page.keyboard.press(["ArrowDown", "ArrowRight", "ArrowUp", "ArrowLeft"][walk % 4]);
    return (await focused(page)).startsWith("payment");
  });
  await page.keyboard.press("Enter");
  assert.match(await page.locator("#details h2").textContent(), /^payment-/);
  await page.keyboard.press("Escape");
  await until("details are closed", async () => (await page.locator("#details .card").count()) === 1);
  assert.match(await focused(page), /^payment-/);

  // The path of a call.
  const call = page.locator("#call-list button", {hasText: "order.place"}).first();
  await call.waitFor({timeout: LIMIT});
  await call.hover();
  await call.click();
  await until("its steps", async () => await page.locator(".steps li").count() >= 2);
  assert.ok(await page.locator(".path .hop").count() >= 1, "and on the map");
  await shoot(page, "real-path");
  await page.keyboard.press("Escape");
  assert.equal(await page.locator(".path .hop").count(), 0);

  // The tables, sorted with the keyboard.
  await page.keyboard.press("t");
  await page.locator("#tab-instances").focus();
  await page.keyboard.press("ArrowRight");
  assert.equal(await page.locator("#tab-services").getAttribute("aria-selected"), "true");
  await page.locator("#table-box th button", {hasText: "calls"}).first().focus();
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#table-box th[aria-sort=descending]").count(), 1);
  await page.keyboard.press("m");

  // A node is killed, without a reload.
  await page.evaluate(() => { window.unharmed = true; });
  children.find((one) => one.spawnfile.endsWith("gateway")).kill("SIGKILL");
  await until("the killed one is shown as gone", async () => (await node(page, "gateway").getAttribute("aria-label")).includes("is gone"));
  await shoot(page, "real-killed");
  assert.equal(await page.evaluate(() => window.unharmed), true);

  // The command ends, and another one comes in its place.
  assert.deepEqual(page.wrong, []);
  web.kill();
  await until("it says so", async () => (await page.locator("#link-state").textContent()).includes("no answer"));
  start("kith", "web", "--listen", new URL(url).host);
  await until("it comes back", async () => (await page.locator("#link-state").textContent()).includes("live"));
  assert.equal(await page.evaluate(() => window.unharmed), true);
  const ended = /ERR_(CONNECTION_(REFUSED|RESET)|EMPTY_RESPONSE)/;
  assert.deepEqual(page.wrong.filter((one) => !ended.test(one)), []);
  await page.close();
});

test("it serves its own page only, to this machine only", async () => {
  const web = start("kith", "web", "--listen", "127.0.0.1:0");
  const url = (await until("the address", () => /http:\S+/.exec(web.output)))[0];
  const page = await fetch(url);
  assert.match(page.headers.get("content-security-policy"), /default-src 'none'/);
  assert.equal((await fetch(url + "nothing")).status, 404);
  assert.equal((await fetch(url + "trace/0123")).status, 404);
  assert.equal((await fetch(url, {method: "POST"})).status, 405);
  const elsewhere = start("kith", "web", "--listen", "0.0.0.0:0");
  assert.equal(await elsewhere.ended, 2);
  const taken = start("kith", "web", "--listen", new URL(url).host);
  assert.equal(await taken.ended, 6);
  web.kill();
});

test("nobody is there yet", async () => {
  const web = start("kith", "web", "--listen", "127.0.0.1:0", "--domain", "nobody");
  const url = (await until("the address", () => /http:\S+/.exec(web.output)))[0];
  const page = await open(url);
  await until("it says so", async () => (await page.locator("#empty").textContent()).includes("No node is there yet"));
  await page.close();
  web.kill();
});

test("breakers and books are told in words, and lead to where they are", async (t) => {
  const domain = await serve(PAGE, {scale: 0.5, change: (document) => {
    Object.assign(document.books, {state: "unbalanced", findings: ["order-1 has sent 7 that risk-1 has not read"]});
  }});
  t.after(() => domain.close());
  const page = await open(domain.url);
  const details = page.locator("#details");
  await until("the books", async () => (await details.locator(".card").textContent()).includes("The books do not balance"));
  assert.match(await details.locator(".card").textContent(), /✕.*order-1 has sent 7 that risk-1 has not read/s);
  assert.match(await page.locator("header").textContent(), /✕ off/);
  const breaker = details.locator("button", {hasText: "risk.get"}).first();
  assert.match(await breaker.textContent(), /⊘ risk\.get.*order-\d+ → risk-1/);
  await breaker.focus();
  await page.keyboard.press("Enter");
  await until("who is kept away", async () => (await details.locator("h2").textContent()) === "risk-1");
  assert.match(await details.locator("li", {hasText: "⊘"}).first().textContent(), /order-\d+/);
  await page.keyboard.press("Escape");
  // The line itself.
  await page.locator(".line.barred .hit").first().dispatchEvent("click");
  await until("the line", async () => /order → risk/.test(await details.locator("h2").textContent()));
  assert.match(await details.locator(".facts").textContent(), /breakeropen.*kept awayrisk\.get/s);
  assert.deepEqual(page.wrong, []);
  await page.close();
});

test("nothing is told by colour alone", async (t) => {
  const domain = await serve(PAGE, {scale: 0.5, states: Object.keys(STATES)});
  t.after(() => domain.close());
  const page = await open(domain.url);
  await until("twelve services", async () => await page.locator(".service").count() === 12);
  await until("labels", async () => await page.locator(".label.calls").count() >= 10);
  const service = page.locator(".service[data-key='s:order']");
  const marks = Object.values(STATES).map(([mark]) => mark);
  assert.deepEqual((await service.locator(".dot").allTextContents()).slice(0, marks.length), marks, "closed");
  assert.equal(await covered(page), 0);
  const labels = async (kind) => (await page.locator(`.label.${kind} text`).allTextContents()).join();
  assert.match(await labels("barred"), /⊘ open/);
  assert.match(await labels("barred"), /◐ half open/);
  assert.match(await labels("bad"), /▲ 4\.2\/s/);
  assert.match(await labels("events"), /◆/);
  assert.match(await labels("events"), /◇/);
  const dashes = (kind) => page.locator(`.line.${kind} .stroke`).first().evaluate((one) => getComputedStyle(one).strokeDasharray);
  const kinds = await Promise.all(["calls.busy", "barred", "events"].map(dashes));
  assert.equal(new Set(kinds).size, kinds.length, kinds.join(" / "));
  await shoot(page, "states");

  await service.focus();
  await page.keyboard.press("Enter");
  await until("its instances", async () => await page.locator(".node").count() === 15);
  for (const [i, [mark, word]] of Object.values(STATES).entries()) {
    const one = page.locator(`.node[aria-label^="order-${i + 1}, ${word}"]`);
    assert.equal(await one.locator(".mark").textContent(), mark, word);
    await one.focus();
    assert.ok(word === "running" || (await page.locator("#tip").textContent()).includes(word), word);
  }
  await shoot(page, "states-open");
  await until("there is room for words", async () => {
    await page.keyboard.press("+");
    return await page.locator("#canvas.compact").count() === 0;
  });
  for (const [i, [, word]] of Object.values(STATES).entries()) {
    const told = await page.locator(`.node[aria-label^="order-${i + 1}, "] .figures`).textContent();
    assert.ok(word === "running" || word === "draining" || told === word, `${word}: ${told}`);
  }
  await page.close();
});

/** What the map has no room for is told of who has the focus or the pointer, and by zooming. */
async function detailsWithoutRoom(page) {
  const tip = page.locator("#tip");
  const silent = node(page, "payment-4");
  assert.equal(await silent.locator(".mark").textContent(), "!");
  assert.equal(await node(page, "payment-1,").locator(".mark").textContent(), "▲");
  assert.ok(await tip.isHidden());
  await silent.focus();
  assert.match(await tip.textContent(), /! payment-4.*does not answer: deadline_exceeded/);
  await shoot(page, "many-focus");
  await page.keyboard.press("ArrowUp");
  assert.match(await focused(page), /^payment-3,/);
  assert.match(await tip.textContent(), /payment-3.*\d\/s/);
  await node(page, "ledger-2,").hover();
  assert.match(await tip.textContent(), /ledger-2/);
  await page.locator("#domain").hover();
  assert.match(await tip.textContent(), /payment-3/, "the focus has stayed");
  await page.keyboard.press("Enter");
  assert.equal(await page.locator("#details h2").textContent(), "payment-3");
  await page.keyboard.press("Escape");
  await until("details are closed", async () => (await page.locator("#details .card").count()) === 1);

  for (let i = 0; i < 3; ++i) {
    await page.keyboard.press("-");
  }
  assert.equal(await page.locator("#canvas.far").count(), 1);
  await assertReadable(page, 24, "from afar");
  await page.locator(".service[data-key='s:stock']").focus();
  assert.match(await tip.textContent(), /stock19 instances.*✕ stock-8: is gone/);
  await shoot(page, "many-far");
  await page.keyboard.press("0");
  assert.ok(await tip.isHidden(), "the map says it all");

  await node(page, "archive-3,").focus();
  for (let i = 0; i < 5; ++i) {
    await page.keyboard.press("+");
  }
  assert.equal(await page.locator("#canvas.compact").count(), 0, "figures have room");
  await assertReadable(page, 420, "near");
  await node(page, "gate-1,").focus();
  await page.keyboard.press("ArrowDown");
  await shoot(page, "many-near");
  const inSight = await page.evaluate(() => {
    const [one, all] = [document.activeElement, document.querySelector("#canvas")].map((at) => at.getBoundingClientRect());
    return one.left >= all.left && one.right <= all.right && one.top >= all.top && one.bottom <= all.bottom;
  });
  assert.ok(inSight, `${await focused(page)} is brought into sight`);
  await page.keyboard.press("0");
}

test("two hundred nodes stay readable and quick", async (t) => {
  const domain = await serve(PAGE, {scale: 1.06});
  t.after(() => domain.close());
  const page = await open(domain.url);
  await until("twelve services", async () => await page.locator(".service").count() === 12);
  assert.equal(await page.locator(".node").count(), 0, "closed, at first");
  const sizes = await page.locator(".service .title").evaluateAll((all) => all.map((one) => one.getBoundingClientRect().height));
  assert.ok(Math.min(...sizes) > 10, `titles of ${Math.min(...sizes)} pixels`);
  await until("a breaker is said", async () => (await page.locator(".label.barred text").allTextContents()).some((one) => one.includes("⊘ open")));
  assert.equal(await covered(page), 0, "what is in trouble is said beside the boxes, not over them");
  await shoot(page, "many-light");
  await assertReadable(page, 40, "services");
  await page.emulateMedia({colorScheme: "dark"});
  await shoot(page, "many-dark");
  await page.emulateMedia({colorScheme: "light"});
  const cdp = await context.newCDPSession(page);
  for (const type of SHOTS ? ["deuteranopia", "protanopia", "tritanopia", "achromatopsia"] : []) {
    await cdp.send("Emulation.setEmulatedVisionDeficiency", {type});
    await shoot(page, `many-${type}`);
  }
  await cdp.send("Emulation.setEmulatedVisionDeficiency", {type: "none"});

  const places = () => page.locator(".service").evaluateAll(
      (all) => all.map((one) => one.getAttribute("data-key") + one.getAttribute("transform")).sort());
  const before = await places();
  const asked = domain.asked.length;
  await until("more updates", () => domain.asked.length > asked + 3);
  assert.deepEqual(await places(), before, "nobody jumps");

  await page.locator(".service[data-key='s:order']").focus();
  await page.keyboard.press("Enter");
  await until("its instances", async () => await page.locator(".node").count() === 32);
  await shoot(page, "many-open");
  await assertReadable(page, 90, "one is open");
  await page.keyboard.press("Escape");
  await watchFrames(page);
  await page.keyboard.press("e");
  await until("all instances", async () => await page.locator(".node").count() > 200);
  const opening = await longestFrame(page);
  const lines = await changesOfLines(page, SOME_UPDATES);
  const updating = await longestFrame(page);
  t.diagnostic(`${await page.locator(".node").count()} instances: the longest frame took ${opening} ms as they were opened ` +
      `and ${updating} ms afterwards, when ${lines.made} lines were made and ${lines.moved} moved`);
  assert.ok(opening < LONGEST_OPENING, `all instances were opened in ${opening} ms`);
  assert.ok(updating < LONGEST_UPDATE, `an update with all instances took ${updating} ms`);
  assert.ok(lines.made < 40, `${lines.made} lines came in ${SOME_UPDATES} ms`);
  await shoot(page, "many-all");
  await assertReadable(page, 420, "all are open");
  await detailsWithoutRoom(page);
  assert.equal(await page.locator("img").count(), 0, "a name is text");
  assert.equal(await page.locator(".node[aria-label*='<img src=x']").count(), 1);
  await page.keyboard.press("e");

  await page.keyboard.press("t");
  await longestFrame(page);
  await page.locator("#tab-links").click();
  await until("the first links", async () => await page.locator("#table-box tbody tr").count() === 300);
  const tableOpening = await longestFrame(page);
  await page.waitForTimeout(SOME_UPDATES);
  const tableUpdating = await longestFrame(page);
  t.diagnostic(`a table of ${await page.locator("#table-box tbody tr").count()} links: the longest frame took ` +
      `${tableOpening} ms as it was opened and ${tableUpdating} ms afterwards`);
  assert.ok(tableOpening < LONGEST_OPENING, `the table was opened in ${tableOpening} ms`);
  assert.ok(tableUpdating < LONGEST_UPDATE, `an update of the table took ${tableUpdating} ms`);
  await shoot(page, "many-links");
  await page.locator("#table-box button", {hasText: "Show 492 more rows"}).click();
  await until("all links", async () => await page.locator("#table-box tbody tr").count() === 792);
  await page.setViewportSize({width: 1100, height: 700});
  await page.keyboard.press("m");
  await until("the map fits the window that has changed meanwhile", () => page.locator("#canvas").evaluate((svg) => {
    const {width, height} = svg.viewBox.baseVal;
    return Math.abs(width / height - svg.clientWidth / svg.clientHeight) < 0.01;
  }));
  await assertReadable(page, 12, "a small window");
  await shoot(page, "many-small");
  await page.setViewportSize({width: 1280, height: 760});
  await until("figures have room", async () => await page.locator("#canvas.far").count() === 0);
  await assertReadable(page, 40, "a laptop");
  await shoot(page, "many-1280");
  await page.keyboard.press("e");
  await until("all instances", async () => await page.locator(".node").count() > 200);
  await assertReadable(page, 420, "a laptop, all are open");
  await shoot(page, "many-1280-all");
  await page.keyboard.press("e");
  await page.setViewportSize({width: 1440, height: 900});

  await page.locator("#call-list button").first().hover();
  await page.locator("#call-list button").first().click();
  await until("the path's steps", async () => await page.locator(".steps li").count() === 5);
  assert.ok(await page.locator(".path .hop").count() === 5);
  await shoot(page, "many-path");
  assert.deepEqual(page.wrong, []);
  assert.deepEqual(foreign, [], "nothing from elsewhere");
  await page.close();
});
