/** @file Text as a terminal shows it: colours by escape sequences, lines written over. */
import { AnsiUp } from "ansi_up";

/** @returns the inside of a `<pre>` element */
export function terminalHtml(text: string): string {
  const ansi = new AnsiUp();
  ansi.use_classes = true;
  ansi.url_allowlist = { http: 1, https: 1 };
  return ansi.ansi_to_html(overwritten(text));
}

/** A carriage return starts the line again, as progress bars do. */
function overwritten(text: string): string {
  if (!/[\r\b]/.test(text)) return text;
  return text
    .replaceAll(/\r+\n/g, "\n")
    .split("\n")
    .map((line) => line.split("\r").reduce((before, after) => (after === "" ? before : after + before.slice(after.length)), ""))
    .map(withoutErased)
    .join("\n");
}

function withoutErased(line: string): string {
  let text = line;
  for (let at = text.indexOf("\b"); at >= 0; at = text.indexOf("\b")) text = text.slice(0, Math.max(0, at - 1)) + text.slice(at + 1);
  return text;
}
