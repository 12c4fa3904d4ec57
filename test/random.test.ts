import { test } from "uvu";
import * as assert from "uvu/assert";
import { OptionError } from "../src/errors.js";
import { seeded } from "../src/random.js";

test("uniform numbers are those of NumPy's RandomState", () => {
  const random = seeded(42);
  assert.equal([random.uniform(), random.uniform(), random.uniform()], [0.3745401188473625, 0.9507143064099162, 0.7319939418114051]);
  assert.is(seeded(0).uniform(), 0.5488135039273248);
});

test("the same seed gives the same stream and another seed another one", () => {
  const draw = (seed: number) => {
    const random = seeded(seed);
    return [random.uniform(), random.integer(1000), random.normal(), ...random.sample(50, 5), ...random.shuffle([1, 2, 3, 4, 5, 6])];
  };
  assert.equal(draw(7), draw(7));
  assert.not.equal(draw(7), draw(8));
});

test("normal draws have the moments of the standard normal distribution", () => {
  const random = seeded(3);
  const draws = Float64Array.from({ length: 200_000 }, () => random.normal());
  const moment = (power: number) => draws.reduce((sum, x) => sum + x ** power, 0) / draws.length;
  assert.ok(Math.abs(moment(1)) < 0.01);
  assert.ok(Math.abs(moment(2) - 1) < 0.02);
  assert.ok(Math.abs(moment(3)) < 0.04);
  assert.ok(Math.abs(moment(4) - 3) < 0.1);
});

test("a normal draw follows from two uniform ones by the polar method", () => {
  const source = seeded(11);
  let x: number;
  let y: number;
  let square: number;
  do {
    x = 2 * source.uniform() - 1;
    y = 2 * source.uniform() - 1;
    square = x * x + y * y;
  } while (square >= 1);
  const scale = Math.sqrt((-2 * Math.log(square)) / square);
  const random = seeded(11);
  assert.ok(Math.abs(random.normal() - x * scale) < 1e-14);
  assert.ok(Math.abs(random.normal() - y * scale) < 1e-14);
});

test("integers cover their range evenly", () => {
  const random = seeded(5);
  const counts = new Array<number>(7).fill(0);
  for (let i = 0; i < 70_000; i++) counts[random.integer(7)]! += 1;
  for (const count of counts) assert.ok(Math.abs(count - 10_000) < 400, `${counts}`);
});

test("a sample has different members of its range, and each is drawn equally often", () => {
  const random = seeded(9);
  const counts = new Array<number>(10).fill(0);
  for (let i = 0; i < 10_000; i++) {
    const drawn = random.sample(10, 4);
    assert.is(new Set(drawn).size, 4);
    for (const one of drawn) counts[one]! += 1;
  }
  for (const count of counts) assert.ok(Math.abs(count - 4000) < 250, `${counts}`);
  assert.equal([...random.sample(6, 6)].sort(), [0, 1, 2, 3, 4, 5]);
  assert.is(random.sample(2 ** 32, 3).length, 3);
});

test("shuffling keeps the members and reaches every order", () => {
  const random = seeded(1);
  const orders = new Set<string>();
  for (let i = 0; i < 300; i++) orders.add(random.shuffle(Uint32Array.of(1, 2, 3)).join());
  assert.equal([...orders].sort(), ["1,2,3", "1,3,2", "2,1,3", "2,3,1", "3,1,2", "3,2,1"]);
});

test("wrong seeds and ranges are option errors", () => {
  for (const seed of [-1, 0.5, 2 ** 32, Number.NaN])
    assert.throws(
      () => seeded(seed),
      (error: unknown) => error instanceof OptionError,
    );
  const random = seeded(0);
  for (const n of [0, -3, 1.5, Number.NaN, 2 ** 33])
    assert.throws(
      () => random.integer(n),
      (error: unknown) => error instanceof OptionError,
    );
  assert.throws(() => random.sample(3, 4), /k: expected an integer in \[0, 3\]; got 4/);
});

test.run();
