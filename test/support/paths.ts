import path from "node:path";
import { fileURLToPath } from "node:url";

/** The project's root folder; tests run compiled, from dist/test/support. */
export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..");

export const fixture = (...parts: string[]): string => path.join(root, "test", "fixtures", ...parts);
