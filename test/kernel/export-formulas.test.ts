/** Formulas of an exported page: MathML, and nothing that the notebook's author could smuggle in with them. */
import { test } from "uvu";
import * as assert from "uvu/assert";
import { notebookPage } from "../../kernel/export/page.js";
import type { Cell, Output } from "../../kernel/notebook/format.js";
import { tempFolder } from "../support/temp.js";

async function pageOf(source: string, ...outputs: object[]): Promise<string> {
  const shown = outputs.map((data): Output => ({ output_type: "display_data", data, metadata: {} }));
  const cells: Cell[] = [
    { cell_type: "markdown", source, metadata: {} },
    { cell_type: "code", source: "", metadata: {}, outputs: shown, execution_count: 1 },
  ];
  return (await notebookPage({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells }, { folder: tempFolder(), name: "work" })).html;
}

const body = (html: string): string => /<main>([\s\S]*)<\/main>/.exec(html)![1]!;
const count = (html: string, part: RegExp) => [...html.matchAll(part)].length;

test("formulas inside lines and of their own lines become MathML, by each of Jupyter's ways to write them", async () => {
  const inline = ["$a_1^2 \\le b$", "\\(\\frac{1}{n}\\)", "\\\\(x\\\\)", "*so $a*b$ is*", "| a |\n|---|\n| $x_i$ |"];
  for (const source of inline) {
    const html = body(await pageOf(`Text ${source} end`.replace(/^Text \| a/, "| a").replace(/\| end$/, "|")));
    assert.is(count(html, /<math>/g), 1, source);
    assert.not.match(html, /\$|formula-/, source);
  }
  const displayed = [
    "$$c = \\sum_i (a_i - b_i)^2$$",
    "Text\n$$\na\n+ b\n= c\n$$\nmore text",
    "\\[x\\]",
    "\\\\[x\\\\]",
    "\\begin{align}\na &= b \\\\\nc &= d\n\\end{align}",
    "in a line $$x$$ of text",
    "- an item\n\n  $$x$$\n",
  ];
  for (const source of displayed) {
    const html = body(await pageOf(source));
    assert.is(count(html, /<math display="block"/g), 1, source);
    assert.not.match(html, /\$|formula-|<ul>[\s\S]*<ul>/, source);
  }
  assert.match(body(await pageOf("Text\n$$\na\n+ b\n$$\nmore")), /<p>Text<\/p>\s*<p><math [\s\S]*<\/math><\/p>\s*<p>more<\/p>/);
  assert.match(body(await pageOf("$a_1$ and $b_1$")), /<msub><mi>a<\/mi><mn>1<\/mn><\/msub><\/math> and <math>/);
});

test("money, code and escaped dollars are no formulas", async () => {
  const sources = ["from $5 to $10", "it costs $ 5 and $ 6", "`$x$`", "```\n$$x$$\n```", "\\$x\\$", "$x", "$$x", "$x $y", "a $ b"];
  for (const source of sources) {
    const html = body(await pageOf(source));
    assert.not.match(html, /<math|formula-/, source);
    assert.match(html, "$", source);
  }
});

test("a formula that cannot be read stays as it was written, and says why", async () => {
  const html = body(await pageOf("Here $\\frac{1$ and $\\nosuch{x}$, then $\\href{javascript:alert(1)}{x}$ and $y$"));
  assert.match(html, /<code title="no formula: [^"]+">\$\\frac\{1\$<\/code>/);
  assert.match(html, "<code title=");
  assert.match(html, "<math><mi>y</mi></math>");
  assert.not.match(html, "<a ");
});

test("nothing runs that is hidden in a formula or around it", async () => {
  const hostile = [
    '$\\text{</math><img src=x onerror=alert(1)>" onmouseover="alert(1)}$',
    "$</math><script>alert(1)</script>$",
    '<b title="\n\n$\\text{" onmouseover=alert(1) x="}$\n\n<i ">',
    "$\\class{cell}{x} \\htmlId{plotly}{x} \\style{position:fixed}{x} \\htmlData{a=b}{x}$",
    "$\\includegraphics{https://example.org/x.png} \\url{javascript:alert(1)}$",
    "![$x$](https://example.org/$y$)",
    "[$x$](javascript:alert)",
    "$\\def\\a{\\a\\a}\\a$",
    `$${"{".repeat(5000)}$`,
    `$${"x".repeat(20_000)}$`,
    "formula-0; formula-00000000-0000-0000-0000-000000000000-0;",
  ];
  const html = body(await pageOf(`${hostile.join("\n\n")}\n`, { "text/latex": hostile[0] }));
  const tags = html.match(/<[a-z!/][^>]*>/gi) ?? [];
  for (const tag of tags) {
    assert.not.match(tag, /^<(?:script|img|iframe|style|form)/i);
    assert.not.match(tag.replaceAll(/"[^"]*"/g, '""'), /\son\w+=/i, tag);
    assert.not.match(tag, /(?:href|src)="\s*javascript:/i);
    assert.not.match(tag, /id="plotly"|style="[^"]*position/i);
  }
});

test("a heading's formula is text in the contents, the address and the title; outputs in LaTeX are formulas", async () => {
  const html = await pageOf("# Scores $s_i$\n\n## A\n\n## B\n\n## C\n\n## D", {
    "text/latex": "$\\displaystyle x^2$",
    "text/plain": "x**2",
  });
  assert.match(html, "<title>Scores s_i</title>");
  assert.match(html, '<a href="#Scores-s_i">Scores s_i</a>');
  assert.match(html, '<h1 id="Scores-s_i">Scores <math>');
  assert.match(body(html), /<div class="output"><div class="markdown"><p><math>/);
});

test("the page's formulas have their style, which loads nothing; a page without formulas has none", async () => {
  const style = (html: string) => /<style>([\s\S]*?)<\/style>/.exec(html)![1]!;
  const html = await pageOf("$x$");
  assert.match(style(html), "math.tml-display");
  assert.not.match(style(html).replaceAll(/url\("data:[^"]*"\)/g, ""), /@font-face|@import|url\(/);
  assert.not.match(style(await pageOf("x")), "math");
});

test.run();
