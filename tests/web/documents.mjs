// SPDX-License-Identifier: MPL-2.0
// What the page may rely on: the fields of documents.json, which those of `kith web` have
// (tests/unit/tool/web/document_fields_test.cpp).

import fs from "node:fs";

const STRUCTS = JSON.parse(fs.readFileSync(new URL("documents.json", import.meta.url)));
const isWhole = (value) => Number.isInteger(value);
const PLAIN = {
  string: (value) => typeof value === "string", bool: (value) => typeof value === "boolean",
  double: (value) => typeof value === "number",
};

/** Lines about what of a value is not of that type; `where` it is. */
export function flaws(value, type, where = type) {
  const [, outer, inner] = /^(\w+)<(.*)>$/.exec(type) || [];
  if (outer === "optional") {
    return value === null ? [] : flaws(value, inner, where);
  }
  if (outer === "list") {
    return Array.isArray(value) ? value.flatMap((one, i) => flaws(one, inner, `${where}[${i}]`)) : [`${where}: no list`];
  }
  const isObject = value !== null && typeof value === "object" && !Array.isArray(value);
  if (outer === "map") {
    return isObject ? Object.entries(value).flatMap(([key, one]) => flaws(one, inner, `${where}.${key}`)) : [`${where}: no map`];
  }
  if (STRUCTS[type]) {
    if (!isObject) {
      return [`${where}: no ${type}`];
    }
    const fields = STRUCTS[type];
    return [
      ...Object.keys(fields).filter((name) => !(name in value)).map((name) => `${where}.${name} is missing`),
      ...Object.keys(value).filter((name) => !(name in fields)).map((name) => `${where}.${name}: no such field`),
      ...Object.keys(fields).filter((name) => name in value).flatMap((name) => flaws(value[name], fields[name], `${where}.${name}`)),
    ];
  }
  const isRight = PLAIN[type] || (/^u?int\d+$/.test(type) ? isWhole : () => false);
  return isRight(value) && !(type.startsWith("uint") && value < 0) ? [] : [`${where}: ${JSON.stringify(value)} is no ${type}`];
}
