import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileFormatError } from "../../../src/errors.js";
import { readLabDescription } from "../../../src/lab/study/description.js";
import { tempFolder } from "../../support/temp.js";

const folder = tempFolder();
const SHIPPED = "data/smollm2/lab.json";
const written = (change: object): string => {
  const file = path.join(folder, "lab.json");
  fs.writeFileSync(file, JSON.stringify({ ...JSON.parse(fs.readFileSync(SHIPPED, "utf8")), ...change }));
  return file;
};

test("kinds of objectives may be left out", () => {
  assert.is(readLabDescription(SHIPPED).objectives.helpful, "helpfulness");
  assert.equal(readLabDescription(written({ objectives: undefined })).objectives, {});
});

test("an unknown kind is refused by name", () => {
  assert.throws(
    () => readLabDescription(written({ objectives: { helpful: "kindness" } })),
    (error: Error) =>
      error instanceof FileFormatError && /objectives\.helpful is "kindness"; expected safety, .*joint, other/.test(error.message),
  );
  assert.throws(() => readLabDescription(written({ objectives: ["helpful"] })), /objectives/);
});

test.run();
