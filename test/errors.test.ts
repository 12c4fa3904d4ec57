import { test } from "uvu";
import * as assert from "uvu/assert";
import { FileFormatError, NeuronbookError, OptionError } from "../src/errors.js";

test("an error names file, tensor and reason, in the sentence and in fields", () => {
  const error = new FileFormatError("a.safetensors", "ends early", { tensor: "w" });
  assert.is(error.message, "a.safetensors: tensor w: ends early");
  assert.equal(
    [error.file, error.tensor, error.reason, error.code, error.name],
    ["a.safetensors", "w", "ends early", "file-format", "FileFormatError"],
  );
  assert.instance(error, NeuronbookError);
});

test("an option error shows the value got and the value expected", () => {
  assert.is(new OptionError("top", -1, "a share in (0, 1) or a count").message, "top: expected a share in (0, 1) or a count; got -1");
});

test.run();
