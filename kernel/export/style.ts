/** @file How an exported page looks: light or dark as the reader's system is, and on paper. */

const ANSI = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
const LIGHT = ["#24292f", "#b3261e", "#1a7f37", "#8a6100", "#0550ae", "#8250df", "#0f6f7c", "#6e7781"];
const DARK = ["#6e7681", "#ff7b72", "#57c76a", "#d9a93a", "#79b8ff", "#cda6ff", "#56c8d8", "#d6d9e0"];

const ansi = (colours: readonly string[]): string => ANSI.map((name, i) => `--${name}: ${colours[i]};`).join(" ");

/** What figures made for a white page are changed to. */
export const DARK_PAGE = { ground: "#16181d", ink: "#d6d9e0" };

const DARK_COLOURS = `--page: ${DARK_PAGE.ground}; --ink: ${DARK_PAGE.ink}; --soft: #8b929e; --line: #31363f; --code: #1d2026; --link: #79b8ff; --bad: #3a1d1f; --head: #22262d;
  --keyword: #ff8f87; --string: #a5d6a7; --number: #79c0ff; --comment: #8b929e; --title: #cda6ff; --type: #ffb77c; ${ansi(DARK)}`;

export const STYLE = `
:root { color-scheme: light dark; --page: #ffffff; --ink: #24292f; --soft: #656d76; --line: #dfe3e8; --code: #f6f7f9; --link: #0550ae; --bad: #fdecea;
  --head: #f0f2f5; --keyword: #b3261e; --string: #0a5d2c; --number: #0550ae; --comment: #656d76; --title: #6f42c1; --type: #8a4b00; ${ansi(LIGHT)} }
@media (prefers-color-scheme: dark) { :root { ${DARK_COLOURS} } }
* { box-sizing: border-box; }
html { scroll-padding-top: 1rem; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.25rem 4rem; }
a { color: var(--link); }
h1, h2, h3, h4 { line-height: 1.25; margin: 2rem 0 .75rem; }
h1 { font-size: 2rem; margin-top: 0; } h2 { font-size: 1.45rem; border-bottom: 1px solid var(--line); padding-bottom: .3rem; } h3 { font-size: 1.15rem; }
pre, code { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .875rem; }
pre { margin: 0; line-height: 1.5; overflow-x: auto; tab-size: 2; }
p code, li code, td code { background: var(--code); border-radius: 4px; padding: .1em .35em; }
blockquote { margin: 1rem 0; padding: 0 1rem; border-left: 3px solid var(--line); color: var(--soft); }
img, svg { max-width: 100%; height: auto; }
hr { border: 0; border-top: 1px solid var(--line); }
.markdown { overflow-wrap: break-word; } .markdown pre { background: var(--code); border-radius: 6px; padding: .75rem 1rem; }
.cell { margin: 1rem 0; position: relative; }
.input { background: var(--code); border: 1px solid var(--line); border-radius: 6px; padding: .6rem .9rem; }
.count { float: right; color: var(--soft); font: .75rem ui-monospace, monospace; user-select: none; margin-left: 1rem; }
.output { margin: .6rem 0 0; padding: 0 .9rem; overflow-x: auto; }
.text { white-space: pre; } .stderr { border-left: 3px solid var(--yellow); padding-left: .75rem; }
.error { background: var(--bad); border-radius: 6px; padding: .6rem .9rem; }
summary { cursor: pointer; color: var(--soft); font-size: .875rem; }
table { border-collapse: collapse; font-size: .875rem; font-variant-numeric: tabular-nums; margin: .25rem 0; display: block; overflow-x: auto; max-width: 100%; }
th, td { padding: .3rem .7rem; border-bottom: 1px solid var(--line); text-align: left; } th { background: var(--head); font-weight: 600; }
figure.plotly { margin: 0; min-height: 2rem; } figure.drawn > .still { display: none; }
figure.plotly .still img, .output > img[src^="data:image/png"] { background: #ffffff; border-radius: 6px; }
.contents { font-size: .875rem; margin: 0 0 2rem; } .contents ol { list-style: none; margin: .4rem 0 0; padding: 0; } .contents li { margin: .2rem 0; }
.contents a { text-decoration: none; color: inherit; } .contents a:hover { text-decoration: underline; }
.contents .level-2 { padding-left: .9rem; } .contents .level-3 { padding-left: 1.8rem; }
footer { margin-top: 3rem; color: var(--soft); font-size: .8rem; }
@media (min-width: 92rem) {
  .contents { position: fixed; top: 2rem; left: max(1.5rem, calc(50% - 45rem)); width: 14rem; max-height: calc(100vh - 4rem); overflow-y: auto; }
}
.hljs-keyword, .hljs-literal, .hljs-meta { color: var(--keyword); } .hljs-string, .hljs-regexp { color: var(--string); }
.hljs-number, .hljs-variable.language_ { color: var(--number); } .hljs-comment { color: var(--comment); font-style: italic; }
.hljs-title, .hljs-title.function_ { color: var(--title); } .hljs-built_in, .hljs-type, .hljs-title.class_ { color: var(--type); }
${ANSI.map((name) => `.ansi-${name}-fg, .ansi-bright-${name}-fg { color: var(--${name}); } .ansi-${name}-bg, .ansi-bright-${name}-bg { background: var(--${name}); }`).join("\n")}
@media print {
  :root { color-scheme: light; }
  body { font-size: 11pt; } main { max-width: none; padding: 0; } .contents { display: none; }
  pre, .text { white-space: pre-wrap; overflow-wrap: anywhere; } table { display: table; }
  .input, figure, img, tr { break-inside: avoid; } h1, h2, h3 { break-after: avoid; } a { color: inherit; }
}
`;
