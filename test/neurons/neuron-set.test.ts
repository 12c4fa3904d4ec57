import { test } from "uvu";
import * as assert from "uvu/assert";
import { type NeuronbookError, OptionError, ShapeError } from "../../src/errors.js";
import { type Neuron, NeuronSet } from "../../src/neurons/neuron-set.js";
import { type Random, seeded } from "../../src/random.js";

const shape = { model: "tiny", layers: 4, neurons: 10 };
const set = (...list: Neuron[]) => NeuronSet.of(shape, list);
const draw = (random: Random, count: number) => NeuronSet.fromFlat(shape, random.sample(40, count));
const members = (one: NeuronSet) => [...one].map(([layer, index]) => layer * 10 + index).sort((a, b) => a - b);
const throwsKind = (call: () => unknown, kind: abstract new (...args: never[]) => NeuronbookError) =>
  assert.throws(call, (error: unknown) => error instanceof kind);

test("a set keeps rank order, membership, layer counts and mask", () => {
  const one = set([3, 9], [0, 2], [3, 0]);
  assert.equal(
    [...one],
    [
      [3, 9],
      [0, 2],
      [3, 0],
    ],
  );
  assert.is(one.count, 3);
  assert.ok(one.has(3, 9) && one.has(0, 2));
  assert.not(one.has(0, 12) || one.has(2, 9) || one.has(-1, 39));
  assert.equal(one.perLayer(), Uint32Array.of(1, 0, 0, 2));
  assert.equal(
    [...one.mask().entries()].filter(([, bit]) => bit === 1).map(([flat]) => flat),
    [2, 30, 39],
  );
  assert.is(one.mask().length, 40);
  assert.is(String(one), "NeuronSet: 3 of 40 neurons of tiny in 2 of 4 layers (0 to 3)");
  assert.equal(one.table().objects(), [
    { rank: 0, layer: 3, neuron: 9 },
    { rank: 1, layer: 0, neuron: 2 },
    { rank: 2, layer: 3, neuron: 0 },
  ]);
});

test("nothing given or handed out can change a set", () => {
  const flat = Uint32Array.of(1, 2);
  const one = NeuronSet.fromFlat(shape, flat);
  flat[0] = 30;
  one.mask().fill(1);
  assert.equal(
    [...one],
    [
      [0, 1],
      [0, 2],
    ],
  );
  assert.not(one.has(3, 0));
});

test("neurons out of range and duplicates are refused with their rank", () => {
  assert.throws(() => set([0, 1], [4, 0]), /neuron 1: expected \[layer in \[0, 4\), index in \[0, 10\)\]; got \[4, 0\]/);
  for (const wrong of [
    [0, 10],
    [-1, 0],
    [0, 0.5],
    [Number.NaN, 0],
  ] as const)
    throwsKind(() => set(wrong), OptionError);
  assert.throws(() => set([1, 1], [0, 1], [1, 1]), /neuron 2: expected each neuron once; got \[1, 1\]/);
  throwsKind(() => NeuronSet.fromFlat(shape, Uint32Array.of(40)), OptionError);
  for (const size of [0, -1, 1.5, 2 ** 31]) throwsKind(() => NeuronSet.of({ ...shape, layers: size }, []), OptionError);
});

test("top and window select by rank, as a share or a count", () => {
  const one = draw(seeded(1), 20);
  const list = [...one];
  assert.equal([...one.top(0.25)], list.slice(0, 5));
  assert.equal([...one.top(3)], list.slice(0, 3));
  assert.equal([...one.window(5, 8)], list.slice(5, 8));
  assert.equal([...one.window(0.5, 1)], list.slice(10));
  throwsKind(() => one.top(21), OptionError);
});

test("union, intersection and difference keep this set's order first", () => {
  const a = set([1, 1], [0, 5], [2, 2]);
  const b = set([2, 2], [3, 3], [1, 1]);
  assert.equal(
    [...a.union(b)],
    [
      [1, 1],
      [0, 5],
      [2, 2],
      [3, 3],
    ],
  );
  assert.equal(
    [...a.intersection(b)],
    [
      [1, 1],
      [2, 2],
    ],
  );
  assert.equal([...a.difference(b)], [[0, 5]]);
  assert.is(a.overlap(b), 2 / 3);
  assert.is(a.jaccard(b), 0.5);
});

test("the laws of set algebra hold for random sets", () => {
  const random = seeded(2024);
  const all = NeuronSet.fromFlat(
    shape,
    Uint32Array.from({ length: 40 }, (_, i) => i),
  );
  for (let round = 0; round < 100; round++) {
    const [a, b, c] = [draw(random, random.integer(41)), draw(random, random.integer(41)), draw(random, random.integer(41))] as const;
    const same = (one: NeuronSet, two: NeuronSet) => assert.equal(members(one), members(two));
    same(a.union(b), b.union(a));
    same(a.intersection(b), b.intersection(a));
    same(a.union(b).union(c), a.union(b.union(c)));
    same(a.intersection(b.union(c)), a.intersection(b).union(a.intersection(c)));
    same(all.difference(a.union(b)), all.difference(a).intersection(all.difference(b)));
    same(a.difference(b).union(a.intersection(b)), a);
    assert.is(a.union(b).count + a.intersection(b).count, a.count + b.count);
    assert.is(
      a
        .union(b)
        .perLayer()
        .reduce((x, y) => x + y, 0),
      a.union(b).count,
    );
    if (a.count + b.count > 0) assert.is(a.jaccard(b), b.jaccard(a));
  }
});

test("sets of different shape, size or model do not mix", () => {
  const other = NeuronSet.of({ ...shape, neurons: 11 }, []);
  for (const op of ["union", "intersection", "difference", "jaccard"] as const) throwsKind(() => set()[op](other), ShapeError);
  throwsKind(() => set().union(NeuronSet.of({ ...shape, model: "else" }, [])), OptionError);
  assert.throws(() => set([0, 1]).overlap(set()), /use jaccard/);
});

test("a random control has the same layers rank by rank and shares no neuron", () => {
  const random = seeded(77);
  for (let seed = 0; seed < 50; seed++) {
    const one = NeuronSet.of(
      shape,
      random.shuffle([0, 1, 2, 3].flatMap((layer) => [...random.sample(10, random.integer(6))].map((i): Neuron => [layer, i]))),
    );
    const control = one.random({ seed });
    assert.equal(control.shortfall, []);
    assert.is(control.intersection(one).count, 0);
    assert.equal(
      [...control].map(([layer]) => layer),
      [...one].map(([layer]) => layer),
    );
    assert.equal([...one.random({ seed })], [...control]);
  }
  const one = draw(seeded(0), 12);
  assert.not.equal([...one.random({ seed: 1 })], [...one.random({ seed: 2 })]);
});

test("every other neuron of a layer is equally likely in a control", () => {
  const one = set([0, 0], [0, 1], [0, 2]);
  const counts = new Array<number>(10).fill(0);
  for (let seed = 0; seed < 3500; seed++) for (const [, index] of one.random({ seed })) counts[index]! += 1;
  assert.equal(counts.slice(0, 3), [0, 0, 0]);
  for (const count of counts.slice(3)) assert.ok(Math.abs(count - 1500) < 150, `${counts}`);
});

test("a control names the layers without enough other neurons", () => {
  const one = NeuronSet.of(shape, [...Array.from({ length: 7 }, (_, i): Neuron => [2, i]), [0, 1]]);
  const control = one.random({ seed: 5 });
  assert.equal(control.shortfall, [2]);
  assert.equal(control.perLayer(), one.perLayer());
  assert.is(control.intersection(one).count, 4);
  assert.equal(
    [7, 8, 9].map((i) => control.has(2, i)),
    [true, true, true],
  );
  assert.not(control.has(0, 1));
});

test.run();
