import assert from "node:assert/strict";
import { test } from "node:test";
import { summarise } from "../numbers.js";
import { compareReturns, dreamedReturnsSection } from "./dreamed-returns-section.js";

const compare = (dreamed: readonly number[], real: readonly number[]) =>
  compareReturns(summarise(dreamed)!, summarise(real)!);

for (const [dreamed, real, verdict, says] of [
  // Standard errors: 10 / sqrt(3) = 5.77 each; twice their root sum of squares is 16.3.
  [
    [300, 310, 290],
    [200, 210, 190],
    "overrates",
    /overrates this controller by 100, 50 % of the game's mean \(± 16\.3/,
  ],
  [[100, 110, 90], [200, 210, 190], "underrates", /underrates this controller by 100, 50 % of/],
  [[210, 220, 200], [200, 210, 190], "agrees", /as the game does.*differ by 10 \(± 16\.3/],
  [[5, 6, 4], [-60, -50, -70], "overrates", /overrates this controller by 65 \(±/],
] as const) {
  test(`means of ${dreamed[0]} dreamed and ${real[0]} real: the dream ${verdict}`, () => {
    const found = compare(dreamed, real);
    assert.equal(found.verdict, verdict);
    assert.match(found.sentence, says);
  });
}

test("the ratio is given where both means are above 0, and nowhere else", () => {
  const sectionOf = (dreamed: number[], real: number[]) =>
    dreamedReturnsSection({ dream: "dream", dreamed, game: "game", real }).body.text;
  assert.match(sectionOf([300, 300], [100, 140]), /<dt>dream \/ game<\/dt>\s*<dd>2\.50<\/dd>/);
  assert.match(sectionOf([300, 300], [-100, -140]), /<dd>none, as not both are above 0<\/dd>/);
});
