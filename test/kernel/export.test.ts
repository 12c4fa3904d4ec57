import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import zlib from "node:zlib";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { notebookPage } from "../../kernel/export/page.js";
import type { Cell, Output } from "../../kernel/notebook/format.js";
import { cli } from "../support/cli.js";
import { tempFolder } from "../support/temp.js";

const PNG = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

const markdown = (source: string): Cell => ({ cell_type: "markdown", source, metadata: {} });
const code = (source: string, ...outputs: Output[]): Cell => ({ cell_type: "code", source, metadata: {}, outputs, execution_count: 1 });
const shown = (data: object): Output => ({ output_type: "display_data", data, metadata: {} });
const notebook = (...cells: Cell[]) => ({ nbformat: 4, nbformat_minor: 5, metadata: { language_info: { name: "typescript" } }, cells });

async function pageOf(...cells: Cell[]): Promise<string> {
  return (await notebookPage(notebook(...cells), { folder: tempFolder(), name: "work" })).html;
}

/** What of the page is the notebook's: between the page's own head and scripts. */
const body = (html: string): string => /<main>([\s\S]*)<\/main>/.exec(html)![1]!;

const figure = (title: string) => ({ data: [{ type: "bar", x: [1], y: [2] }], layout: { title: { text: title } } });

test("code has colours, markdown its headings, tables and lists; the first heading names the page", async () => {
  const html = await pageOf(
    markdown("# Safety *neurons* & more\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n```ts\nconst x = 1;\n```"),
    code('const set: number = 5; // five\nawait f("x")'),
  );
  assert.match(html, "<title>Safety neurons &amp; more</title>");
  assert.match(html, '<h1 id="Safety-neurons-more">Safety <em>neurons</em> &amp; more</h1>');
  assert.match(html, "<td>1</td>");
  assert.match(html, '<span class="hljs-keyword">const</span> <span class="hljs-attr">set</span>');
  assert.match(html, '<span class="hljs-comment">// five</span>');
  assert.match(body(html), /<pre><code><span class="hljs-keyword">const<\/span> x/);
});

test("a long notebook has a table of contents, whose links lead to headings", async () => {
  const cells = ["# One", "## Two", "## Two", "### Three", "## `Four`"].map(markdown);
  const html = await pageOf(...cells);
  const links = [...html.matchAll(/<a href="#([^"]+)">/g)].map(([, id]) => decodeURIComponent(id!));
  assert.equal(links, ["One", "Two", "Two-2", "Three", "Four"]);
  for (const id of links) assert.match(html, `id="${id}"`);
  assert.not.match(await pageOf(...cells.slice(0, 2)), 'class="contents"');
});

test("nothing of the notebook runs: not from markdown, HTML, SVG, text or a figure's data", async () => {
  const hostile = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img src='data:text/html,<script>alert(1)</script>'><a href='data:text/html,x'>x</a>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript><textarea></textarea/><img src=x onerror=alert(1)>",
    "<iframe src='https://example.org'></iframe>",
    "<a href='javascript:alert(1)'>x</a>",
    "<svg onload=alert(1)><script>alert(1)</script><a xlink:href='javascript:alert(1)'><text>t</text></a></svg>",
    "<style>@import 'https://example.org/x.css'</style>",
    '<div style="background:url(https://example.org/x.png);position:fixed">x</div>',
    "<form action='https://example.org'><input name=q><button>b</button></form>",
    "<base href='https://example.org'><link rel=stylesheet href='https://example.org'><meta http-equiv=refresh content='0;https://example.org'>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
    "<p id=plotly class='plotly still'>x</p>",
  ];
  const text = hostile.join("\n\n");
  const html = await pageOf(
    markdown(`${text}\n\n[x](javascript:alert(1)) ![x](javascript:alert(1)) <javascript:alert(1)>\n\n# <img src=x onerror=alert(1)> t`),
    code(
      text,
      shown({ "text/html": hostile }),
      shown({ "text/markdown": text }),
      shown({ "image/svg+xml": text }),
      shown({ "text/plain": text }),
      shown({ "image/png": '"><script>alert(1)</script>' }),
      { output_type: "stream", name: "stdout", text: `${text}\u001b]8;;javascript:alert(1)\u0007x\u001b]8;;\u0007` },
      { output_type: "error", ename: "<b>", evalue: text, traceback: [text] },
      shown({ "application/vnd.plotly.v1+json": figure("</script><script>alert(1)</script>"), "text/plain": text }),
    ),
  );
  // tags alone: as text it is there to be read
  const tags = body(html).match(/<[a-z!/][^>]*>/gi) ?? [];
  const scripts = tags.filter((tag) => /^<script/i.test(tag));
  assert.equal(scripts, ['<script type="application/json">']);
  for (const tag of tags) {
    assert.not.match(tag, /^<(?:iframe|object|embed|form|button|link|meta|base|style|math)/i);
    assert.not.match(tag.replaceAll(/"[^"]*"/g, '""'), /\son\w+=/i);
    assert.not.match(tag, /(?:href|src)="\s*(?:javascript|data:text):?/i);
    assert.not.match(tag, /src="(?!data:image\/)/i);
    assert.not.match(tag, /url\(|position/i);
    assert.not.match(tag, /id="plotly"/i);
  }
  assert.is([...html.matchAll(/class="plotly/g)].length, 1);
});

test("the page's policy lets its own two scripts run and loads nothing; plotly is in it once, and only when there are figures", async () => {
  const bare = await pageOf(code("1"));
  assert.match(bare, "script-src 'none'");
  assert.ok(bare.length < 20_000);
  const figures = ["a", "b", "c"].map((title) =>
    code(title, shown({ "application/vnd.plotly.v1+json": figure(title), "image/png": PNG, "text/plain": title })),
  );
  const html = await pageOf(...figures);
  const packed = [...html.matchAll(/<script type="text\/plain" id="plotly">([\w+/=]+)<\/script>/g)];
  assert.is(packed.length, 1);
  const plotly = zlib.gunzipSync(Buffer.from(packed[0]![1]!, "base64")).toString();
  assert.match(plotly.slice(0, 1000), "plotly.js");
  const own = /<script>([\s\S]*?)<\/script>/.exec(html)![1]!;
  const policy = /content="(default-src[^"]*)"/.exec(html)![1]!;
  for (const script of [own, plotly]) assert.ok(policy.includes(`'sha256-${createHash("sha256").update(script).digest("base64")}'`));
  assert.is(policy.match(/sha256/g)!.length, 2);
  assert.not.match(policy, "script-src 'unsafe");
  const data = [...html.matchAll(/<script type="application\/json">(.*?)<\/script>/g)].map(([, json]) => JSON.parse(json!));
  assert.equal(
    data,
    ["a", "b", "c"].map((title) => ({ figure: figure(title), dark: [] })),
  );
  assert.is([...html.matchAll(/<div class="still"><img src="data:image\/png;base64,/g)].length, 3);
  assert.ok(html.length < 4e6, `${html.length}`);
});

test("text has its colours and its lines written over; errors their traceback; tables stay tables", async () => {
  const html = await pageOf(
    code(
      "x",
      { output_type: "stream", name: "stdout", text: ["\u001b[31mred\u001b[0m <b>\n", "10 %\r100 %\r\n"] },
      { output_type: "stream", name: "stderr", text: "warned\n" },
      {
        output_type: "error",
        ename: "RangeError",
        evalue: "too deep",
        traceback: ["\u001b[31mRangeError\u001b[0m: too deep", "    at In [1]:4:9"],
      },
      shown({ "text/html": "<table><tbody><tr><td style='text-align: right;'>0.5</td></tr></tbody></table>", "text/plain": "no" }),
      shown({ "application/vnd.neuronbook.neurons+json": { layers: 2 }, "text/html": "<p>neurons</p>", "text/plain": "no" }),
      shown({ "application/json": { a: [1] } }),
    ),
  );
  assert.match(html, '<span class="ansi-red-fg">red</span> &lt;b&gt;\n100 %\n');
  assert.match(html, '<pre class="text stderr">warned');
  assert.match(html, '<pre class="text error"><span class="ansi-red-fg">RangeError</span>: too deep\n    at In [1]:4:9</pre>');
  assert.match(html, '<td style="text-align: right">0.5</td>');
  assert.match(html, "<p>neurons</p>");
  assert.match(html, "&quot;a&quot;: [");
  assert.not.match(body(html), ">no<");
});

test("pictures of the notebook's folder and attachments are embedded, others are links", async () => {
  const folder = tempFolder();
  const elsewhere = path.join(tempFolder(), "secret.png");
  fs.writeFileSync(path.join(folder, "own picture.png"), Buffer.from(PNG, "base64"));
  fs.writeFileSync(elsewhere, "secret");
  fs.symlinkSync(elsewhere, path.join(folder, "link.png"));
  const cell = {
    ...markdown(
      `![own](own%20picture.png) ![attached](attachment:a.png) ![far](https://example.org/x.png) ![up](${path.relative(folder, elsewhere)}) ![link](link.png) ![gone](gone.png)`,
    ),
    attachments: { "a.png": { "image/png": PNG } },
  };
  const { html } = await notebookPage(notebook(cell), { folder, name: "work" });
  assert.is([...html.matchAll(new RegExp(`<img src="data:image/png;base64,${PNG.replaceAll(/[+/]/g, "\\$&")}"`, "g"))].length, 2);
  assert.is([...html.matchAll(/<img /g)].length, 2);
  assert.match(html, '<a href="https://example.org/x.png" rel="noopener noreferrer">far</a>');
  assert.not.match(html, Buffer.from("secret").toString("base64"));
});

test("the command writes the page beside the notebook or where it is told; hidden code is folded", async () => {
  const file = path.join(tempFolder(), "done.ipynb");
  const hidden = { ...code("const hidden = 1"), metadata: { jupyter: { source_hidden: true } } };
  fs.writeFileSync(file, JSON.stringify(notebook(markdown("# Done"), hidden)));
  const beside = await cli(["export", file, "--json"]);
  assert.is(beside.code, 0, beside.stderr);
  const page = JSON.parse(beside.stdout);
  assert.equal([page.page, page.figures], [file.replace("ipynb", "html"), 0]);
  const html = fs.readFileSync(page.page, "utf8");
  assert.is(Buffer.byteLength(html), page.bytes);
  assert.match(html, "<details><summary>Code</summary>");
  const target = path.join(tempFolder(), "out", "page.html");
  assert.match((await cli(["export", file, "--output", target])).stdout, target);
  assert.is(fs.readFileSync(target, "utf8"), html);
  assert.is((await cli(["export", `${file}.gone`])).code, 1);
});

test.run();
