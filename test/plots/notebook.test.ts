import { spawnSync } from "node:child_process";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { test } from "uvu";
import * as assert from "uvu/assert";
import type { KernelClient } from "../../kernel/client.js";
import type { Fields } from "../../kernel/protocol/messages.js";
import { run, startKernel } from "../support/kernel.js";
import { root } from "../support/paths.js";
import { pixelsOf } from "../support/png.js";

let kernel: KernelClient;
test.before(async () => {
  kernel = await startKernel();
});
test.after(() => kernel.shutDown());

test("a figure is a cell's result in three forms, drawn while the kernel hears other cells", async () => {
  const code = 'import { figure } from "neuronbook";\nfigure.bars({ a: { x: 1, y: [2, 3] } }, { y: "Value" })';
  const { status, outputs, stderr } = await run(kernel, code);
  assert.equal([status, stderr], ["ok", ""]);
  const [{ header, content }] = outputs as [(typeof outputs)[number]];
  assert.is(header.msg_type, "execute_result");
  const data = content.data as Fields;
  assert.equal(Object.keys(data).sort(), ["application/vnd.plotly.v1+json", "image/png", "text/plain"]);
  assert.equal((data["application/vnd.plotly.v1+json"] as { data: { y: number[] }[] }).data[0]!.y, [1, 2.5]);
  assert.is((await pixelsOf(Buffer.from(data["image/png"] as string, "base64"))).width, 1360);
  assert.match(data["text/plain"] as string, /^Value\n/);
});

test("figures that are displayed keep the order of the calls", async () => {
  const code = `for (const name of ["first", "second"]) display(figure.layers([1, 2], { title: name }));\ndisplay("third")`;
  const { outputs } = await run(kernel, code);
  // a figure that is still being drawn has its place already, and is put there when it is done
  const places = new Map<unknown, string>();
  for (const { content } of outputs) {
    const { "text/plain": text } = content.data as { "text/plain": string };
    places.set((content.transient as Fields).display_id, text.split("\n")[0]!);
  }
  assert.equal([...places.values()], ["first", "second", "'third'"]);
});

test("a program that drew a figure ends when it is done", () => {
  const library = pathToFileURL(path.join(root, "dist", "src", "index.js")).href;
  const code = `import { figure } from "${library}"; console.log((await figure.layers([1, 2]).png()).length > 1000);`;
  const { status, stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  assert.equal([status, stdout], [0, "true\n"]);
});

test.run();
