/** @file Markdown cells as HTML, and the headings that the table of contents is made of. */
import fs from "node:fs";
import path from "node:path";
import { Marked } from "marked";
import { codeHtml } from "./code.js";
import { escaped } from "./escape.js";
import { Formulas } from "./formulas.js";
import { sanitised } from "./sanitise.js";

export interface Heading {
  readonly level: number;
  readonly text: string;
  readonly id: string;
}

/** File names of a markdown cell to their data by MIME type, base64. */
export type Attachments = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

const PICTURES: Readonly<Record<string, string>> = {
  ".png": "image/png",
  ".jpg": "image/jpeg",
  ".jpeg": "image/jpeg",
  ".gif": "image/gif",
  ".webp": "image/webp",
  ".svg": "image/svg+xml",
};
/** of coloured code */
const OWN_CLASSES = /^(?:hljs-[\w-]+|function_|class_|language_)$/;
/** larger pictures are linked to, not embedded */
const MOST_PICTURE_BYTES = 8 * 2 ** 20;

/** Renders the markdown of one notebook; remembers its headings. */
export class MarkdownPage {
  readonly headings: Heading[] = [];
  readonly formulas = new Formulas();
  private readonly marked: Marked;
  private readonly used = new Set<string>();
  private attachments: Attachments = {};

  /** @param folder the notebook's: pictures inside it are embedded */
  constructor(private readonly folder: string) {
    const heading = (level: number, html: string) => this.heading(level, html);
    const picture = (source: string) => this.picture(source);
    this.marked = new Marked({
      gfm: true,
      renderer: {
        code({ text, lang }) {
          return `<pre><code>${codeHtml(text, /^[\w+-]+/.exec(lang ?? "")?.[0])}</code></pre>\n`;
        },
        heading({ tokens, depth }) {
          return heading(depth, this.parser.parseInline(tokens));
        },
        image({ href, text, title }) {
          const titled = title ? ` title="${escaped(title)}"` : "";
          return `<img src="${escaped(picture(href))}" alt="${escaped(text)}"${titled}>`;
        },
      },
    }).use(this.formulas.extension);
  }

  html(markdown: string, attachments: Attachments = {}): string {
    this.attachments = attachments;
    return sanitised(this.marked.parse(markdown, { async: false }), {
      classes: OWN_CLASSES,
      headingIds: true,
      formulas: this.formulas.placed,
    });
  }

  private heading(level: number, html: string): string {
    const text = this.formulas.written(sanitised(html).replaceAll(/<[^>]*>/g, ""));
    // Jupyter's own form of a heading's address
    const plain = text.replaceAll(/&\w+;/g, "").trim().replaceAll(/\s+/g, "-");
    let id = plain;
    for (let i = 2; this.used.has(id); i++) id = `${plain}-${i}`;
    this.used.add(id);
    this.headings.push({ level, text, id });
    return `<h${level} id="${escaped(id)}">${html}</h${level}>\n`;
  }

  private picture(source: string): string {
    const attached = /^attachment:(.*)$/.exec(source)?.[1];
    if (attached !== undefined) {
      const [type, data] = Object.entries(this.attachments[decoded(attached)] ?? {})[0] ?? [];
      return type === undefined ? source : `data:${type};base64,${String(data).replaceAll(/\s/g, "")}`;
    }
    if (/^[a-z][\w+.-]*:|^\/|^\\/i.test(source)) return source;
    const file = path.resolve(this.folder, decoded(source));
    const type = PICTURES[path.extname(file).toLowerCase()];
    if (type === undefined || !this.inside(file)) return source;
    return `data:${type};base64,${fs.readFileSync(file).toString("base64")}`;
  }

  /** Also by way of links: a notebook from elsewhere gets at no file beside its own. */
  private inside(file: string): boolean {
    const found = fs.statSync(file, { throwIfNoEntry: false });
    if (!found?.isFile() || found.size > MOST_PICTURE_BYTES) return false;
    const relative = path.relative(fs.realpathSync(this.folder), fs.realpathSync(file));
    return !relative.startsWith("..") && !path.isAbsolute(relative);
  }
}

function decoded(address: string): string {
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}
