/** @file Types of what every cell has beside Node's globals; the values are put in place by `install.ts`. */

import type { CommsApi } from "./comms.js";
import type { Display } from "./display.js";
import type { ProgressApi } from "./progress.js";

declare global {
  /**
   * Shows a value, or a MIME bundle such as `{ "text/html": "<b>…</b>" }`, below the cell.
   *
   * @returns a handle; `handle.update(value)` replaces what is shown, in every place where it is shown
   */
  var display: Display;
  /** Clears the cell's output. @param wait true: only when something new comes, so that nothing flickers; default false */
  var clearOutput: (wait?: boolean) => void;
  /**
   * Asks the user for a line of text.
   *
   * @throws where the notebook's client does not take input, as in a headless run
   */
  var input: (prompt?: string, options?: { readonly password?: boolean }) => Promise<string>;
  /** A progress bar below the cell: over a list, over a number of steps, or as an `onProgress` listener. */
  var progress: ProgressApi;
  /** Jupyter comms: messages to and from widgets and other parts of the front end. */
  var comms: CommsApi;
}
