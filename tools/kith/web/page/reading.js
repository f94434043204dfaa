// SPDX-License-Identifier: MPL-2.0
// What can be read at a scale, in pixels for each unit of the map. No text is drawn with less than
// LEAST pixels: where the map is small, its text is larger than it; where there is no room for
// that, less is said.

const LEAST = 11.2;   // pixels
const SMALLEST = 12;  // units of the smallest text there is (map.css)
const FITS = 1.2;     // so much larger than the map, all text still fits into the boxes,
const BRIEF = 1.4;    // and so much a part of it
const FAR_TITLE = 13; // pixels
const LEAST_SCALE = 0.3;
const USUAL_SCALE = 1.25;
const MARGIN = 24;
const LEGEND = 44;    // in pixels

/** At which all of it is seen; of a very large one there is more than is seen at once. */
export function scaleToFit(bounds, room) {
  const all = Math.min(USUAL_SCALE, room.width / (bounds.w + 2 * MARGIN), (room.height - LEGEND) / (bounds.h + 2 * MARGIN));
  return Math.max(LEAST_SCALE, all);
}

/** The picture's part that is seen. */
export function frameOf(bounds, room, scale, pan) {
  const [w, h] = [room.width / scale, room.height / scale];
  return {x: (bounds.w - w) / 2 + pan.x, y: (bounds.h - h + LEGEND / scale) / 2 + pan.y, w, h};
}

/** How much larger text is than the map. */
export function growthAt(scale) {
  return Math.max(1, LEAST / (SMALLEST * scale));
}

/** Whether there is no room for all that is said of services and instances. */
export function isTight(scale) {
  return growthAt(scale) > FITS;
}

/** Whether there is only room for the names of services. */
export function isFar(scale) {
  return growthAt(scale) > BRIEF;
}

/** Of a title that is all that is said, in units. */
export function farTitle(scale) {
  return FAR_TITLE / scale;
}
