/** An exported page in Chromium, opened from disk and without a network. Skipped where there is no Chromium. */
import fs from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Browser } from "playwright-core";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { Cell, Output } from "../../kernel/notebook/format.js";
import { type Figure, figure } from "../../src/index.js";
import { examples } from "../plots/examples.js";
import { lightness, missingChromium, startChromium, styleOf } from "../support/chromium.js";
import { cli } from "../support/cli.js";
import { NotebookPage } from "../support/notebook-page.js";
import { artefact } from "../support/paths.js";
import { tempFolder } from "../support/temp.js";

const reason = missingChromium();
if (reason !== undefined) console.log(`skipped: ${reason}`);
const maybe = reason === undefined ? test : test.skip;

const PLOTLY = "application/vnd.plotly.v1+json";
/** from elsewhere, with a look of its own */
const foreign = {
  data: [{ type: "bar", x: ["a", "b"], y: [1, 2] }],
  layout: { height: 250, paper_bgcolor: "#ffffff", template: { layout: { font: { color: "#333333" } } } },
};

let browser: Browser;
let address: string;

test.before(async () => {
  if (reason !== undefined) return;
  browser = await startChromium();
  const file = path.join(tempFolder(), "figures.ipynb");
  const code = (source: string, data: object): Cell => {
    const outputs: Output[] = [{ output_type: "display_data", data, metadata: {} }];
    return { cell_type: "code", source, metadata: {}, outputs, execution_count: 1 };
  };
  const bundle = (one: Figure) => (one as unknown as Record<symbol, () => Promise<object>>)[Symbol.for("Jupyter.mime")]!();
  const points = (power: number) => [1, 2, 3].map((x) => ({ x, y: x ** power }));
  const lines = figure.curves({ safety: points(2), random: points(1) }, { x: "neurons", y: "effect" });
  const cells: Cell[] = [
    {
      cell_type: "markdown",
      source: "# Figures\n\nThe change score is $$c_i = \\sqrt{\\frac{1}{n}\\sum_t (a_i^t - b_i^t)^2}$$",
      metadata: {},
    },
    code("lines", await bundle(lines)),
    code("effect", await bundle(examples["causal-effect"]!)),
    code(
      "heatmap",
      await bundle(
        figure.heatmap([
          [-1, 2, 3],
          [4, 0.5, 1],
        ]),
      ),
    ),
    code("foreign", { [PLOTLY]: foreign, "text/plain": "foreign" }),
  ];
  fs.writeFileSync(file, JSON.stringify({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }));
  const { code: status, stderr } = await cli(["export", file]);
  assert.is(status, 0, stderr);
  address = pathToFileURL(file.replace(/ipynb$/, "html")).href;
});
test.after(() => browser?.close());

async function opened(colorScheme: "light" | "dark"): Promise<NotebookPage> {
  const view = await NotebookPage.open(browser, "about:blank");
  await view.page.context().setOffline(true);
  await view.page.emulateMedia({ colorScheme });
  await view.page.goto(address);
  for (let i = 0; i < 4; i++) {
    const one = view.page.locator("figure.plotly").nth(i);
    await one.scrollIntoViewIfNeeded();
    await one.locator(".main-svg").first().waitFor();
    assert.is(await one.locator(".still").isVisible(), false);
  }
  await view.page.evaluate("scrollTo(0, 0)");
  await view.page.screenshot({ path: artefact(`export-${colorScheme}.png`), fullPage: true });
  return view;
}

/** Loaded the page, and what the page itself holds, and no word of complaint. */
function whole({ requests, errors }: NotebookPage): void {
  assert.equal(
    requests.filter((one) => !/^(?:data|blob|about):/.test(one)),
    [address],
  );
  assert.equal(errors, []);
}

maybe("from disk and offline every figure is drawn, the formula too, and nothing is asked for", async () => {
  const view = await opened("light");
  whole(view);
  const figures = view.page.locator("figure.plotly");
  assert.ok(lightness(await styleOf(figures.first().locator(".main-svg"), "backgroundColor")) > 250);
  assert.ok((await view.page.locator("math").first().boundingBox())!.height > 20);
  const offers = await figures
    .locator(".modebar-btn")
    .evaluateAll((buttons) => buttons.map((one) => (one as unknown as { dataset: { title?: string } }).dataset.title ?? ""));
  assert.ok(offers.length > 3);
  assert.equal(
    offers.filter((title) => /share|cloud|upload|edit/i.test(title)),
    [],
  );
});

maybe("figures answer: hovering shows values, the legend hides a series", async () => {
  const view = await opened("light");
  const plot = view.page.locator("figure.plotly").first();
  const point = (await plot.locator(".points path").nth(1).boundingBox())!;
  await view.page.mouse.move(point.x + 30, point.y + 30);
  await view.page.mouse.move(point.x + point.width / 2, point.y + point.height / 2, { steps: 5 });
  await plot.locator(".hoverlayer .hovertext").first().waitFor();
  assert.match((await plot.locator(".hoverlayer .hovertext").allTextContents()).join(" "), /4/);
  assert.is(await plot.locator(".scatterlayer .trace").count(), 2);
  await plot.locator(".legendtoggle").first().click();
  while ((await plot.locator(".scatterlayer .trace").count()) > 1) await view.page.waitForTimeout(50);
  whole(view);
});

maybe("in the dark figures have the page's ground, light text and lines that can be seen; those with their own look keep it", async () => {
  const view = await opened("dark");
  whole(view);
  const figures = view.page.locator("figure.plotly");
  const ground = await styleOf(view.page.locator("body"), "backgroundColor");
  for (let i = 0; i < 3; i++) {
    const plot = figures.nth(i);
    assert.is(await styleOf(plot.locator(".main-svg"), "backgroundColor"), ground);
    assert.ok(lightness(await styleOf(plot.locator(".xtitle, .xtick text"), "fill")) > 150);
  }
  assert.ok(lightness(await styleOf(figures.first().locator(".js-line"), "stroke")) > 90);
  const foreign = figures.nth(3);
  assert.ok(lightness(await styleOf(foreign.locator(".main-svg"), "backgroundColor")) > 250);
  assert.ok(lightness(await styleOf(foreign.locator(".ygrid"), "stroke")) > 200);
});

maybe("figures follow the reader's system from dark to light while the page is open", async () => {
  const view = await opened("dark");
  await view.page.emulateMedia({ colorScheme: "light" });
  const svg = view.page.locator("figure.plotly").first().locator(".main-svg");
  while (lightness(await styleOf(svg, "backgroundColor")) < 250) await view.page.waitForTimeout(50);
  whole(view);
});

test.run();
