import fs from "node:fs";

/** Writes `text` beside `file` and renames it into place, so that a reader sees the old file or the whole new one. */
export function replaceFile(file: string, text: string): void {
  const beside = `${file}.${process.pid}.partial`;
  try {
    fs.writeFileSync(beside, text);
    fs.renameSync(beside, file);
  } catch (error) {
    fs.rmSync(beside, { force: true });
    throw error;
  }
}
