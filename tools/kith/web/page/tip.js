// SPDX-License-Identifier: MPL-2.0
// Who has the pointer, or else the focus, in words: where the map has no room to say it.

import {nameOf, troubleText, workText} from "./draw.js";
import {sumOf} from "./model.js";
import {count, h, isGone, patchChildren, standing} from "./text.js";

const BESIDE = 8;  // pixels

function ofNode(node) {
  const how = standing(node);
  const trouble = troubleText(node.served);
  return [
    h("p", {class: "name"}, h("span", {class: how.tone, "aria-hidden": "true"}, how.mark), ` ${node.instance}`),
    how.tone !== "well" && h("p", {class: how.tone}, node.why ? `${how.word}: ${node.why}` : how.word),
    h("p", {class: "num"}, workText(node.served, node.called)),
    trouble && h("p", {class: "num bad"}, trouble),
  ];
}

function ofService(service) {
  const living = service.nodes.filter((one) => !isGone(one));
  const unwell = service.nodes.filter((one) => one.state !== "running" && one.state !== "asked");
  const trouble = troubleText(service.figures);
  return [
    h("p", {class: "name"}, nameOf(service.name)),
    h("p", {}, count(living.length, "instance")),
    h("p", {class: "num"}, workText(service.figures, sumOf(living.map((one) => one.called)))),
    trouble && h("p", {class: "num bad"}, trouble),
    ...unwell.slice(0, 4).map((one) => h("p", {class: standing(one).tone}, `${standing(one).mark} ${one.instance}: ${standing(one).word}`)),
    unwell.length > 4 && h("p", {class: "muted"}, `and ${unwell.length - 4} more`),
  ];
}

export class Tip {
  constructor(element, drawing, model) {
    this.element = element;
    this.drawing = drawing;
    this.model = model;
    this.focused = null;
    this.pointed = null;
  }

  focus(key) {
    this.focused = key;
    this.draw();
  }

  point(key) {
    this.pointed = key;
    this.draw();
  }

  hide() {
    this.focused = this.pointed = null;
    this.draw();
  }

  /** What it says of a key: nothing where the map says it all. */
  wordsOf(key) {
    const {layout, far} = this.drawing;
    if (!key || !layout || !layout.places.has(key)) {
      return [];
    }
    if (key.startsWith("s:")) {
      return far ? ofService(this.model.services.get(key.slice(2))) : [];
    }
    return far || layout.compact ? ofNode(this.model.nodes.get(key.slice(2))) : [];
  }

  draw() {
    const key = this.pointed || this.focused;
    const words = this.wordsOf(key).filter((one) => one);
    this.element.hidden = words.length === 0;
    if (words.length === 0) {
      return;
    }
    patchChildren(this.element, words);
    const at = this.drawing.seenAt(key);
    const {width, height} = this.drawing.room;
    const own = {w: this.element.offsetWidth, h: this.element.offsetHeight};
    const x = Math.max(0, Math.min(at.x, width - own.w));
    const below = at.y + at.h + BESIDE;
    const y = below + own.h <= height ? below : Math.max(0, at.y - own.h - BESIDE);
    this.element.style.transform = `translate(${x.toFixed(0)}px, ${y.toFixed(0)}px)`;
  }
}
