// SPDX-License-Identifier: MPL-2.0
// The list of recent calls.

import {amount, clock, h, patchChildren, say, span} from "./text.js";

const SHOWN = 60;

export class Calls {
  /** `choose(trace)` */
  constructor(list, note, onlyFailed, choose) {
    this.list = list;
    this.note = note;
    this.onlyFailed = onlyFailed;
    this.calls = [];
    list.addEventListener("click", (event) => {
      const button = event.target.closest("[data-trace]");
      if (button) {
        choose(button.dataset.trace);
      }
    });
    onlyFailed.addEventListener("change", () => this.draw());
  }

  /** While somebody points at the list or is in it, it stands still. */
  take(document) {
    const busy = this.list.matches(":hover, :focus-within");
    if (!busy || !this.calls.length) {
      this.calls = document.calls;
      this.draw();
    }
    say(this.note, document.refusals.length ? document.refusals.slice(0, 3).join("\n")
        : busy ? "held while you look at it" : this.calls.length ? "" : "none has been seen yet");
  }

  fail(why) {
    say(this.note, why);
  }

  mark(trace) {
    this.chosen = trace;
    this.draw();
  }

  draw() {
    const shown = this.calls.filter((one) => !this.onlyFailed.checked || one.outcome !== "reply").slice(0, SHOWN);
    patchChildren(this.list, shown.map((one) => {
      const failed = one.outcome !== "reply";
      const took = one.took_us ?? one.served_us;
      return h("li", {}, h("button", {
        "data-trace": one.trace,
        disabled: !one.trace,
        class: one.trace && one.trace === this.chosen ? "chosen" : "",
        "aria-label": `${one.name} from ${one.from || "unknown"} to ${one.to || "unknown"} at ${clock(one.began_us)}, ` +
            `${took === null ? "" : span(took)}, ${one.outcome}. Show its path`,
      },
      h("span", {class: "num muted"}, clock(one.began_us)),
      h("span", {class: "call-name"}, one.name),
      h("span", {class: "num"}, span(took)),
      h("span", {class: `call-way small ${failed ? "bad" : "muted"}`},
        failed ? `▲ ${one.outcome}  ${one.to}` : `${one.from || "?"} → ${one.to || "?"}`)));
    }));
    this.list.dataset.count = amount(shown.length);
  }
}
