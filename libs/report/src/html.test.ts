import assert from "node:assert/strict";
import { test } from "node:test";
import { escapeHtml, html, jsonForScript, trustedHtml } from "./html.js";

test("values are escaped in text and in attributes", () => {
  const evil = `"><script>alert('x')</script>&\``;
  const { text } = html`<p title="${evil}">${evil}</p>`;
  assert.equal(text, `<p title="${escapeHtml(evil)}">${escapeHtml(evil)}</p>`);
  assert.doesNotMatch(escapeHtml(evil), /[<>"'`]|&(?!#\d+;)/);
});

test("HTML goes in as it is, lists are joined, undefined is nothing", () => {
  assert.equal(
    html`${html`<b>${"<"}</b>`}${[1, "&", [trustedHtml("<i>")]]}${undefined}`.text,
    "<b>&#60;</b>1&#38;<i>",
  );
});

test("JSON for a script survives a closing tag in its data", () => {
  const value = { label: "</script><!--<script>" };
  const { text } = jsonForScript(value);
  assert.doesNotMatch(text, /</);
  assert.deepEqual(JSON.parse(text), value);
});
