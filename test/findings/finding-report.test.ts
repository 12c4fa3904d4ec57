import { test } from "uvu";
import * as assert from "uvu/assert";
import { figureText } from "../../src/findings/finding-report.js";

test("figures with three digits, with their interval where one is known", () => {
  assert.is(figureText({ value: 0.9714, low: 0.9101, high: 1.0249 }), "0.971 (0.91 to 1.02)");
  assert.is(figureText(12.345), "12.3");
  assert.is(figureText(undefined), "no estimate");
  assert.is(figureText({ value: 0.5, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY }), "0.5 (a single one, no interval)");
});

test.run();
