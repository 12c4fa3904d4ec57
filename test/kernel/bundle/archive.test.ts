import fs from "node:fs";
import path from "node:path";
import { type Zippable, zipSync } from "fflate";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { isInside, readArchive, writeArchive } from "../../../kernel/bundle/archive.js";
import { FileFormatError, NotFoundError } from "../../../src/errors.js";
import { seeded } from "../../../src/random.js";
import { tempFolder } from "../../support/temp.js";

const bytes = (text: string) => new Uint8Array(Buffer.from(text));
const zip = (entries: Zippable) => {
  const file = path.join(tempFolder(), "a.zip");
  fs.writeFileSync(file, zipSync(entries));
  return file;
};
const refuses = (file: string, what: string) =>
  assert.throws(
    () => readArchive(file),
    (error: Error) => error instanceof FileFormatError && error.message.includes(what),
  );

test("what is written is read again, and equal entries give equal bytes in any order", () => {
  const folder = tempFolder();
  const [a, b] = [path.join(folder, "a.zip"), path.join(folder, "b.zip")];
  const entries: [string, Uint8Array][] = [
    ["notebook.ipynb", bytes("{}")],
    ["tables/01-ä.parquet", bytes("PAR1")],
  ];
  const size = writeArchive(a, new Map(entries));
  writeArchive(b, new Map(entries.reverse()));
  assert.is(fs.statSync(a).size, size);
  assert.ok(fs.readFileSync(a).equals(fs.readFileSync(b)));
  assert.equal(
    new Map([...readArchive(a)].map(([name, content]) => [name, Buffer.from(content).toString()])),
    new Map([
      ["notebook.ipynb", "{}"],
      ["tables/01-ä.parquet", "PAR1"],
    ]),
  );
  assert.equal(fs.readdirSync(folder).sort(), ["a.zip", "b.zip"]);
});

test("names that lead outside of the folder are refused", () => {
  for (const name of ["../up", "/etc/passwd", "a/../../b", "C:/x", "a\\..\\b", "./a", "a//b"]) {
    assert.not(isInside(name), name);
    refuses(zip({ [name]: bytes("x") }), JSON.stringify(name));
  }
  for (const name of ["a", "files/lib/x.ts", "files/..x/ü y.json"]) assert.ok(isInside(name), name);
});

test("what is no zip, is missing, or is a folder is told", () => {
  const folder = tempFolder();
  const file = path.join(folder, "page.html");
  fs.writeFileSync(file, "<!DOCTYPE html>");
  refuses(file, "is no zip file");
  fs.writeFileSync(file, "");
  refuses(file, "is no zip file");
  refuses(folder, "is a folder");
  assert.throws(
    () => readArchive(path.join(folder, "gone.zip")),
    (error: Error) => error instanceof NotFoundError,
  );
});

test("a name that is there twice is refused", () => {
  const file = zip({ "a.txt": bytes("1"), "b.txt": bytes("2") });
  const packed = fs.readFileSync(file);
  for (let at = packed.indexOf("b.txt"); at >= 0; at = packed.indexOf("b.txt")) packed.write("a.txt", at);
  fs.writeFileSync(file, packed);
  refuses(file, "a.txt twice");
});

test("a file that says it unpacks to more than 1 GiB is refused before it is unpacked", () => {
  const file = zip({ "a.txt": bytes("x".repeat(1000)) });
  const packed = fs.readFileSync(file);
  // size unpacked, in the central directory
  packed.writeUInt32LE(0x50000000, packed.indexOf(Buffer.from("PK\u0001\u0002")) + 24);
  fs.writeFileSync(file, packed);
  refuses(file, "unpacks to more than");
});

test("a file that was cut or changed is read as something or refused with a typed error", () => {
  const whole = fs.readFileSync(zip({ "a.txt": bytes("some text, some text".repeat(50)), "b/c.json": bytes("{}") }));
  const random = seeded(3);
  const file = path.join(tempFolder(), "changed.zip");
  let refused = 0;
  for (let round = 0; round < 300; round++) {
    const packed = Buffer.from(round % 3 === 0 ? whole.subarray(0, random.integer(whole.length)) : whole);
    if (packed.length > 0) packed[random.integer(packed.length)] ^= 1 << random.integer(8);
    fs.writeFileSync(file, packed);
    try {
      readArchive(file);
    } catch (error) {
      assert.instance(error, FileFormatError);
      refused++;
    }
  }
  assert.ok(refused > 100, String(refused));
});

test.run();
