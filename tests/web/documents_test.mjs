// SPDX-License-Identifier: MPL-2.0
// The made-up domain is told of as `kith web` tells of a real one: the page that draws its 200 nodes
// reads the same fields.

import assert from "node:assert/strict";
import {test} from "node:test";

import {flaws} from "./documents.mjs";
import {callsOf, documentOf, traceOf} from "./made_up_domain.mjs";

test("a made-up domain has the fields of a real one, and no others", () => {
  for (const scale of [0.2, 1, 2]) {
    for (const states of [[], ["draining", "silent", "left"]]) {
      assert.deepEqual(flaws(documentOf(3, scale, states), "map_document"), []);
    }
  }
  assert.deepEqual(flaws(callsOf(3).calls, "list<recent_call>", "calls"), []);
  assert.deepEqual(flaws(traceOf().steps, "list<trace_step>", "steps"), []);
});

test("what is otherwise is found", () => {
  const found = (change) => {
    const document = documentOf(1);
    change(document);
    return flaws(document, "map_document").join();
  };
  assert.equal(found(() => {}), "");
  assert.match(found((one) => { delete one.nodes[7].zone; }), /nodes\[7\]\.zone is missing/);
  assert.match(found((one) => { one.nodes[7].colour = "red"; }), /nodes\[7\]\.colour: no such field/);
  assert.match(found((one) => { one.links[3].outstanding = -1; }), /outstanding: -1 is no uint64/);
  assert.match(found((one) => { one.links[3].calls.p99_us = "fast"; }), /p99_us: "fast" is no int64/);
  assert.match(found((one) => { one.books.dropped = []; }), /dropped: no map/);
  assert.match(found((one) => { one.flows = {}; }), /flows: no list/);
});
