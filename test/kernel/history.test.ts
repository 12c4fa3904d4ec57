import fs from "node:fs";
import path from "node:path";
import { test } from "uvu";
import * as assert from "uvu/assert";
import { History } from "../../kernel/front/history.js";
import { historyRequest } from "../../kernel/protocol/requests.js";
import { tempFolder } from "../support/temp.js";

const ask = (history: History, content: object) => history.find(historyRequest({ output: false, raw: true, ...content }));

function filled(file: string): History {
  const history = new History(file);
  ["1 + 1", "const a = 2", "1 + 1"].forEach((input, i) => {
    history.add(i + 1, input);
    history.finish(i + 1, i === 1 ? undefined : "2");
  });
  return history;
}

test("tail, range and search give what was run, with outputs on demand", () => {
  const history = filled(path.join(tempFolder(), "history.jsonl"));
  const { session } = history;
  assert.equal(ask(history, { hist_access_type: "tail", n: 2 }), [
    [session, 2, "const a = 2"],
    [session, 3, "1 + 1"],
  ]);
  assert.equal(ask(history, { hist_access_type: "tail", n: 1, output: true }), [[session, 3, ["1 + 1", "2"]]]);
  assert.equal(ask(history, { hist_access_type: "range", session, start: 2, stop: 3 }), [[session, 2, "const a = 2"]]);
  assert.equal(ask(history, { hist_access_type: "range", session: 0, start: 3 }), [[session, 3, "1 + 1"]]);
  assert.is(ask(history, { hist_access_type: "search", pattern: "1 + *" }).length, 2);
  assert.is(ask(history, { hist_access_type: "search", pattern: "1*", unique: true }).length, 1);
  assert.equal(ask(history, { hist_access_type: "search", pattern: "c?nst*", n: 5 }), [[session, 2, "const a = 2"]]);
});

test("it outlives the kernel, and damaged lines are passed over", () => {
  const file = path.join(tempFolder(), "history.jsonl");
  filled(file);
  fs.appendFileSync(file, 'not JSON\n{"session":"x"}\n');
  assert.is(ask(new History(file), { hist_access_type: "tail", n: 10 }).length, 3);
});

test("no file, no trace", () => {
  assert.is(ask(filled(undefined as unknown as string), { hist_access_type: "tail", n: 10 }).length, 3);
});

test.run();
