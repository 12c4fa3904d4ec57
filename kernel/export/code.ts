/** @file Code in colours. */
import hljs from "highlight.js/lib/core";
import bash from "highlight.js/lib/languages/bash";
import json from "highlight.js/lib/languages/json";
import python from "highlight.js/lib/languages/python";
import typescript from "highlight.js/lib/languages/typescript";
import { escaped } from "./escape.js";

hljs.registerLanguage("typescript", typescript);
hljs.registerLanguage("python", python);
hljs.registerLanguage("json", json);
hljs.registerLanguage("bash", bash);
hljs.registerAliases(["js", "javascript", "mjs", "cjs", "tsx", "jsx"], { languageName: "typescript" });
hljs.registerAliases(["ipython", "ipython3"], { languageName: "python" });

/** Longer ones stay black: the highlighter's time is not linear in all cases. */
const MOST_CHARACTERS = 200_000;

/** @returns the inside of a `<code>` element; without colours for a language that is not known */
export function codeHtml(source: string, language: string | undefined): string {
  if (language === undefined || hljs.getLanguage(language) === undefined || source.length > MOST_CHARACTERS) return escaped(source);
  return hljs.highlight(source, { language, ignoreIllegals: true }).value;
}
