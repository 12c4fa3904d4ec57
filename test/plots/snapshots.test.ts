/** Snapshots of every figure: plotly JSON and text to the letter, PNG with a tolerance. NEURONBOOK_SNAPSHOTS=write writes them anew. */
import fs from "node:fs";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { fixture } from "../support/paths.js";
import { compared, pixelsOf } from "../support/png.js";
import { examples } from "./examples.js";

const writing = process.env.NEURONBOOK_SNAPSHOTS === "write";

for (const [name, figure] of Object.entries(examples)) {
  const files = { json: fixture("plots", `${name}.json`), text: fixture("plots", `${name}.txt`), png: fixture("plots", `${name}.png`) };

  test(`${name}: plotly JSON and text`, () => {
    if (writing) {
      fs.writeFileSync(files.json, `${JSON.stringify(figure, null, 1)}\n`);
      fs.writeFileSync(files.text, `${figure}\n`);
    }
    assert.fixture(`${JSON.stringify(figure, null, 1)}\n`, fs.readFileSync(files.json, "utf8"));
    assert.fixture(`${figure}\n`, fs.readFileSync(files.text, "utf8"));
  });

  test(`${name}: PNG`, async () => {
    const png = await figure.png({ scale: 1 });
    if (writing) fs.writeFileSync(files.png, png);
    const { mean, far } = compared(await pixelsOf(png), await pixelsOf(fs.readFileSync(files.png)));
    assert.ok(mean <= 1, `mean difference of a channel ${mean.toFixed(3)} of 255`);
    assert.ok(far <= 0.01, `${(100 * far).toFixed(2)} % of the pixels differ by more than 48`);
  });
}

test("the tolerance tells one figure from the next", async () => {
  const pixels = async (name: string) => pixelsOf(await examples[name]!.png({ scale: 1, width: 680, height: 400 }));
  const { mean, far } = compared(await pixels("layers"), await pixels("histogram"));
  assert.ok(mean > 1 && far > 0.01);
});

test.run();
