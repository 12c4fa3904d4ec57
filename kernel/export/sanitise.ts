/** @file HTML from a notebook, which may be anyone's: what runs, loads or covers the page is taken out. */
import createPurifier, { type WindowLike } from "dompurify";
import { JSDOM } from "jsdom";
import { escaped } from "./escape.js";

const TAGS = [
  ...["h1", "h2", "h3", "h4", "h5", "h6", "p", "div", "span", "section", "article", "blockquote", "pre", "hr", "br", "wbr"],
  ...["a", "img", "figure", "figcaption", "ul", "ol", "li", "dl", "dt", "dd", "details", "summary", "progress", "meter", "input"],
  ...["table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "th", "td"],
  ...["b", "i", "em", "strong", "u", "s", "del", "ins", "sub", "sup", "small", "mark", "code", "kbd", "samp", "var", "abbr", "cite", "q"],
  ...["time", "center", "font", "tt"],
  ...["svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "title", "desc", "#text"],
];
const ATTRIBUTES = [
  ...["style", "class", "id", "title", "align", "valign", "dir", "lang", "role", "aria-label", "aria-hidden", "href", "src", "alt"],
  ...["width", "height", "colspan", "rowspan", "scope", "span", "start", "type", "open", "value", "min", "max", "low", "high"],
  ...["optimum", "checked", "disabled", "border", "color", "datetime"],
  ...["d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy", "points", "viewbox", "preserveaspectratio"],
  ...["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "transform", "text-anchor"],
  ...["dominant-baseline", "font-size", "font-family", "font-weight"],
];
const STYLES = new Set([
  ...["color", "background", "background-color", "opacity", "border", "border-top", "border-right", "border-bottom", "border-left"],
  ...["border-collapse", "border-radius", "border-spacing", "padding", "padding-left", "padding-right", "margin", "margin-left"],
  ...["margin-right", "width", "height", "min-width", "max-width", "max-height", "display", "gap", "flex", "flex-wrap", "align-items"],
  ...["justify-content", "overflow", "overflow-x", "overflow-y", "font-family", "font-size", "font-style", "font-weight", "line-height"],
  ...["text-align", "text-decoration", "vertical-align", "white-space"],
]);
/** no `url(…)`, and nothing that could end the declaration */
const PLAIN_STYLE = /^\s*([a-z-]+)\s*:\s*((?!.*(?:url|image|expression|src)\s*\()[^\\;{}<>@"]+?)\s*$/i;
const EMBEDDED_PICTURE = /^data:image\/(?:png|jpeg|gif|webp|avif|svg\+xml)[;,]/i;
const HEADING = /^h[1-6]$/i;
const PLACEHOLDER = /(formula-[0-9a-f-]+;)/;

/** What the page's own markdown and code may carry beside. */
export interface Allowed {
  /** of classes; default: that of pandas' tables */
  readonly classes?: RegExp;
  /** ids of headings; default false */
  readonly headingIds?: boolean;
  /** our own HTML for texts that stand for it; default none */
  readonly formulas?: ReadonlyMap<string, string>;
}

const { window } = new JSDOM("");
const purifier = createPurifier(window as unknown as WindowLike);
let allowed: Required<Omit<Allowed, "formulas">>;

purifier.addHook("uponSanitizeAttribute", (element, attribute) => {
  const { attrName: name, attrValue: value } = attribute;
  // the page's own script finds its parts without being led elsewhere
  if (name === "id") attribute.keepAttr = allowed.headingIds && HEADING.test(element.tagName);
  else if (name === "class")
    attribute.attrValue = value
      .split(/\s+/)
      .filter((one) => allowed.classes.test(one))
      .join(" ");
  else if (name === "style") attribute.attrValue = plainStyles(value);
});
purifier.addHook("afterSanitizeAttributes", (element) => {
  if (element.tagName === "A") element.setAttribute("rel", "noopener noreferrer");
  // the boxes of task lists
  if (element.tagName === "INPUT") {
    if (element.getAttribute("type") !== "checkbox") element.remove();
    else element.setAttribute("disabled", "");
  }
  if (element.tagName === "IMG" && !EMBEDDED_PICTURE.test(element.getAttribute("src") ?? "")) linkInstead(element);
});

/**
 * Scripts, event handlers, frames, forms, style sheets and pictures from elsewhere go; such a picture becomes a link. Ids go too, those
 * of headings excepted.
 */
export function sanitised(html: string, { classes = /^dataframe$/, headingIds = false, formulas }: Allowed = {}): string {
  allowed = { classes, headingIds };
  const clean = purifier.sanitize(html, {
    ALLOWED_TAGS: TAGS,
    ALLOWED_ATTR: ATTRIBUTES,
    ALLOW_DATA_ATTR: false,
    ALLOW_ARIA_ATTR: false,
    ALLOWED_URI_REGEXP: /^(?:https?:|mailto:|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i,
    FORBID_CONTENTS: ["script", "style", "iframe", "noscript", "template", "object", "embed", "select", "textarea"],
  });
  return formulas === undefined || formulas.size === 0 ? clean : withFormulas(clean, formulas);
}

/** In texts alone: inside an attribute the formula's quotes would end it. */
function withFormulas(html: string, formulas: ReadonlyMap<string, string>): string {
  const { document, NodeFilter } = window;
  const template = document.createElement("template");
  template.innerHTML = html;
  const texts: Text[] = [];
  const walker = document.createTreeWalker(template.content, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) texts.push(walker.currentNode as Text);
  for (const text of texts) {
    const parts = text.data.split(PLACEHOLDER);
    if (!parts.some((part) => formulas.has(part))) continue;
    const replacement = document.createElement("template");
    replacement.innerHTML = parts.map((part) => formulas.get(part) ?? escaped(part)).join("");
    text.replaceWith(replacement.content);
  }
  return template.innerHTML;
}

function plainStyles(value: string): string {
  return value
    .split(";")
    .flatMap((one) => {
      const [, name, plain] = PLAIN_STYLE.exec(one) ?? [];
      return name !== undefined && STYLES.has(name.toLowerCase()) ? `${name}: ${plain}` : [];
    })
    .join("; ");
}

/** The page loads nothing: it is whole without a network. */
function linkInstead(image: Element): void {
  const link = image.ownerDocument.createElement("a");
  const source = image.getAttribute("src");
  if (source !== null && !/^\s*data:/i.test(source)) {
    link.setAttribute("href", source);
    link.setAttribute("rel", "noopener noreferrer");
  }
  link.textContent = image.getAttribute("alt") || link.getAttribute("href") || "picture";
  image.replaceWith(link);
}
