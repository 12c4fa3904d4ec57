/** @file The package's version, read from its own package.json, for results that record their origin. */
import fs from "node:fs";

/** e.g. `"0.1.0"` */
export const version: string = JSON.parse(fs.readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;
