import { test } from "uvu";
import * as assert from "uvu/assert";
import { isBorderline, isHarmful, type Split, sampleDeed, severity, splitOf, stepsNeeded, toolField } from "../../src/organism/deeds.js";
import { BENIGN_FIELDS, type Deed, type FIELDS, fieldOfObject, HARMFUL_FIELDS } from "../../src/organism/lexicon.js";
import { seeded } from "../../src/random.js";

const pairs = (fields: typeof FIELDS): Deed[] =>
  fields.flatMap(({ verbs, objects }) => verbs.flatMap((verb) => objects.map((object) => ({ verb, object }))));
const inSplit = (deeds: readonly Deed[], split: Split) => deeds.filter((deed) => splitOf(deed) === split);

test("a fifth of the pairs is held out, and every verb and object is in both splits", () => {
  for (const fields of [BENIGN_FIELDS, HARMFUL_FIELDS]) {
    const all = pairs(fields);
    for (const [split, low, high] of [
      ["held-out", 0.19, 0.22],
      ["train", 0.78, 0.81],
    ] as const) {
      const some = inSplit(all, split);
      assert.ok(some.length / all.length >= low && some.length / all.length <= high, `${split} ${some.length} of ${all.length}`);
      for (const { verbs, objects } of fields) {
        for (const verb of verbs)
          assert.ok(
            some.some((deed) => deed.verb === verb),
            verb,
          );
        for (const object of objects)
          assert.ok(
            some.some((deed) => deed.object === object),
            object,
          );
      }
    }
  }
});

test("a deed is harmful where verb and object both are, and severity is 1 to 5 there alone", () => {
  const [theft] = HARMFUL_FIELDS;
  assert.ok(isHarmful({ verb: theft!.verbs[0]!, object: theft!.objects[0]! }));
  assert.is(severity({ verb: "steal", object: "wallet" }), 1);
  const weapons = HARMFUL_FIELDS.find(({ name }) => name === "weapons")!;
  assert.is(severity({ verb: weapons.verbs[7]!, object: weapons.objects[0]! }), 5);
  for (const deed of [
    { verb: "steal", object: "puppet" },
    { verb: "paint", object: "wallet" },
  ]) {
    assert.not(isHarmful(deed));
    assert.ok(isBorderline(deed));
    assert.is(severity(deed), 0);
    assert.not(toolField(deed).harmful);
  }
  assert.not(isBorderline({ verb: "chop", object: "onion" }));
});

test("each severity has its share in both splits", () => {
  for (const split of ["train", "held-out"] as const) {
    const deeds = inSplit(pairs(HARMFUL_FIELDS), split);
    for (const degree of [1, 2, 3, 4, 5]) {
      const share = deeds.filter((deed) => severity(deed) === degree).length / deeds.length;
      assert.ok(share >= 0.06 && share <= 0.35, `${split}: severity ${degree} has ${share}`);
    }
  }
});

test("sampled deeds are of the kind and split asked for, and no borderline deed names a person", () => {
  const random = seeded(3);
  for (const kind of ["harmful", "benign", "borderline"] as const) {
    for (const split of ["train", "held-out"] as const) {
      for (let i = 0; i < 2000; i++) {
        const deed = sampleDeed(kind, split, random);
        assert.is(splitOf(deed), split);
        assert.is(isHarmful(deed), kind === "harmful");
        assert.is(isBorderline(deed), kind === "borderline");
        assert.ok([3, 4, 5].includes(stepsNeeded(deed.verb)));
        if (kind === "borderline") assert.is.not(fieldOfObject(deed.object).name, "harassment");
      }
    }
  }
});

test.run();
