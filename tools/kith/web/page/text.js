// SPDX-License-Identifier: MPL-2.0
// Elements and figures. What nodes say is text, never markup: names may be anybody's.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) {
      element.addEventListener(name.slice(2), value);
    } else if (name.startsWith("aria-")) {
      element.setAttribute(name, String(value));
    } else if (value === true) {
      element.setAttribute(name, "");
    } else if (value !== false && value !== null && value !== undefined) {
      element.setAttribute(name, String(value));
    }
  }
  element.append(...children.filter((one) => one !== null && one !== undefined && one !== false));
  return element;
}

/** An HTML element; children are elements or text. */
export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

/** An SVG element. */
export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

/** Sets what differs, so that an update of what stays costs nothing. */
export function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) {
    const text = String(value);
    if (element.getAttribute(name) !== text) {
      element.setAttribute(name, text);
    }
  }
}

/** Likewise; the text that is there stays the same node. */
export function say(element, text) {
  const only = element.firstChild;
  if (only === null || only !== element.lastChild || only.nodeType !== Node.TEXT_NODE) {
    element.textContent = text;
  } else if (only.data !== text) {
    only.data = text;
  }
}

/** "0", "3.2", "47", "1.2k", "3.4M" */
export function amount(value) {
  if (value === 0) {
    return "0";
  }
  if (value < 0.05) {
    return "<0.1";
  }
  if (value < 9.95) {
    return value.toFixed(1).replace(/\.0$/, "");
  }
  if (value < 999.5) {
    return value.toFixed(0);
  }
  if (value < 999950) {
    return (value / 1e3).toFixed(value < 99950 ? 1 : 0) + "k";
  }
  return (value / 1e6).toFixed(1) + "M";
}

export function rate(value) {
  return amount(value) + "/s";
}

/** Microseconds: "850 µs", "3.1 ms", "1.2 s"; "–" for none. */
export function span(us) {
  if (us === null || us === undefined) {
    return "–";
  }
  if (us < 1000) {
    return `${us} µs`;
  }
  if (us < 999500) {
    return `${(us / 1e3).toFixed(us < 9950 ? 1 : 0)} ms`;
  }
  return `${(us / 1e6).toFixed(us < 9950000 ? 1 : 0)} s`;
}

export function count(number, one, many = one + "s") {
  return `${number} ${number === 1 ? one : many}`;
}

export function memory(mib) {
  return mib >= 1024 ? `${(mib / 1024).toFixed(1)} GiB` : `${mib} MiB`;
}

export function age(startedUs) {
  const seconds = Math.max(0, Date.now() / 1e3 - startedUs / 1e6);
  if (!startedUs) {
    return "–";
  }
  if (seconds < 120) {
    return `${seconds.toFixed(0)} s`;
  }
  if (seconds < 7200) {
    return `${(seconds / 60).toFixed(0)} min`;
  }
  return seconds < 172800 ? `${(seconds / 3600).toFixed(0)} h` : `${(seconds / 86400).toFixed(0)} days`;
}

export function clock(us) {
  const at = new Date(us / 1e3);
  const two = (n) => String(n).padStart(2, "0");
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** Cut in the middle, where names differ least. */
export function shortened(text, most) {
  if (text.length <= most) {
    return text;
  }
  const head = Math.ceil((most - 1) * 0.6);
  return text.slice(0, head) + "…" + text.slice(text.length - (most - 1 - head));
}

/** Without its service's name in front. */
export function ownName(node, most) {
  const own = node.instance.startsWith(node.service + "-") ? node.instance.slice(node.service.length + 1)
                                                          : node.instance;
  return shortened(own || node.instance || node.id.slice(0, 8), most);
}

/** How a node is: a mark with a shape of its own, a word, and the class of its colour. */
export function standing(node) {
  switch (node.state) {
    case "running": return {mark: "●", word: "running", tone: "well"};
    case "starting": return {mark: "◔", word: "starting", tone: "calm"};
    case "asked": return {mark: "○", word: "not heard yet", tone: "calm"};
    case "draining": return {mark: "◒", word: "draining", tone: "warn"};
    case "stopping":
    case "stopped": return {mark: "◌", word: node.state, tone: "warn"};
    case "suspect": return {mark: "?", word: "suspect", tone: "warn"};
    case "silent": return {mark: "!", word: "does not answer", tone: "bad"};
    case "denied": return {mark: "⊝", word: "may not be asked", tone: "warn"};
    case "left": return {mark: "✕", word: "has left", tone: "gone"};
    case "dead": return {mark: "✕", word: "is gone", tone: "gone"};
    default: return {mark: "○", word: node.state, tone: "calm"};
  }
}

export function isGone(node) {
  return node.state === "left" || node.state === "dead";
}

/** Makes `old` look like `fresh` and keeps what is the same, with its focus. */
export function patch(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType === Node.TEXT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) {
      old.nodeValue = fresh.nodeValue;
    }
    return;
  }
  for (const {name} of [...old.attributes]) {
    if (!fresh.hasAttribute(name)) {
      old.removeAttribute(name);
    }
  }
  for (const {name, value} of fresh.attributes) {
    if (old.getAttribute(name) !== value) {
      old.setAttribute(name, value);
    }
  }
  patchChildren(old, [...fresh.childNodes]);
}

export function patchChildren(old, fresh) {
  const kept = [...old.childNodes];
  fresh.forEach((one, i) => {
    if (i < kept.length) {
      patch(kept[i], one);
    } else {
      old.append(one);
    }
  });
  kept.slice(fresh.length).forEach((one) => one.remove());
}
