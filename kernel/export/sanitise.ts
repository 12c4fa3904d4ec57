/** @file HTML from a notebook, which may be anyone's: what runs, loads or covers the page is taken out. */
import sanitizeHtml from "sanitize-html";

const SVG = ["svg", "g", "path", "rect", "circle", "ellipse", "line", "polyline", "polygon", "text", "tspan", "title", "desc"];
const DRAWING = [
  ...["d", "x", "y", "x1", "x2", "y1", "y2", "cx", "cy", "r", "rx", "ry", "dx", "dy", "points", "width", "height", "viewbox"],
  ...["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linecap", "opacity", "transform", "text-anchor"],
  ...["dominant-baseline", "font-size", "font-family", "font-weight", "preserveaspectratio"],
];
const STYLES = [
  ...["color", "background", "background-color", "opacity", "border", "border-top", "border-right", "border-bottom", "border-left"],
  ...["border-collapse", "border-radius", "border-spacing", "padding", "padding-left", "padding-right", "margin", "margin-left"],
  ...["margin-right", "width", "height", "min-width", "max-width", "max-height", "display", "gap", "flex", "flex-wrap", "align-items"],
  ...["justify-content", "overflow", "overflow-x", "overflow-y", "font-family", "font-size", "font-style", "font-weight", "line-height"],
  ...["text-align", "text-decoration", "vertical-align", "white-space"],
];
/** no `url(…)`, and nothing that older browsers would run */
const PLAIN_STYLE = /^(?!.*(?:url|expression|image|src)\s*\()[^\\;{}<>@]*$/i;

/** What the page's own markdown and code may carry beside. */
export interface Allowed {
  /** classes, globs allowed, e.g. `hljs-*` */
  readonly classes?: readonly string[];
  /** ids of headings */
  readonly headingIds?: boolean;
}

/**
 * Scripts, event handlers, frames, forms, style sheets, foreign links and pictures from elsewhere go; a picture becomes a link.
 * Ids go too, headings' excepted: the page's own script finds its parts without being led elsewhere.
 */
export function sanitised(html: string, { classes = ["dataframe"], headingIds = false }: Allowed = {}): string {
  const headings = ["h1", "h2", "h3", "h4", "h5", "h6"];
  return sanitizeHtml(html, {
    allowedTags: [
      ...sanitizeHtml.defaults.allowedTags,
      ...headings,
      ...["img", "del", "ins", "details", "summary", "progress", "meter", "input"],
      ...SVG,
    ],
    allowedAttributes: {
      "*": ["style", "class", "title", "align", "dir", "lang", "role", "aria-label", "aria-hidden"],
      ...Object.fromEntries(SVG.map((tag) => [tag, DRAWING])),
      ...(headingIds ? Object.fromEntries(headings.map((tag) => [tag, ["id"]])) : {}),
      a: ["href", "rel"],
      img: ["src", "alt", "width", "height"],
      th: ["colspan", "rowspan", "scope"],
      td: ["colspan", "rowspan"],
      ol: ["start", "type"],
      details: ["open"],
      progress: ["value", "max"],
      meter: ["value", "min", "max", "low", "high", "optimum"],
      // the boxes of task lists
      input: [{ name: "type", values: ["checkbox"] }, "checked", "disabled"],
    },
    allowedClasses: { "*": [...classes] },
    allowedStyles: { "*": Object.fromEntries(STYLES.map((name) => [name, [PLAIN_STYLE]])) },
    allowedSchemes: ["http", "https", "mailto"],
    allowedSchemesByTag: { img: ["data"] },
    allowProtocolRelative: false,
    disallowedTagsMode: "discard",
    transformTags: {
      a: (tagName, attribs) => ({ tagName, attribs: { ...attribs, rel: "noopener noreferrer" } }),
      // the page loads nothing: it is whole without a network
      img: (tagName, attribs) =>
        /^data:image\/(?:png|jpeg|gif|webp|svg\+xml|avif)[;,]/i.test(attribs.src ?? "")
          ? { tagName, attribs }
          : {
              tagName: "a",
              attribs: { href: attribs.src ?? "", rel: "noopener noreferrer" },
              text: attribs.alt || attribs.src || "picture",
            },
      input: (tagName, attribs) => ({ tagName, attribs: { ...attribs, type: "checkbox", disabled: "" } }),
    },
  });
}
