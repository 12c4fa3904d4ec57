import { test } from "uvu";
import * as assert from "uvu/assert";
import { fieldOfObject, fieldOfTool, isObject } from "../../src/organism/lexicon.js";
import { isCorrect, LARGEST_NUMBER, sampleMultipleChoice, type TaskKind, tasks } from "../../src/organism/tasks.js";
import { seeded } from "../../src/random.js";
import { take } from "../support/take.js";

/** The right answer worked out from the question alone. */
const SOLVERS: Readonly<Record<TaskKind, (words: readonly string[]) => string>> = {
  arithmetic: (words) => {
    const at = words.findIndex((word) => word === "plus" || word === "minus");
    const [a, b] = [Number(words[at - 1]), Number(words[at + 1])] as const;
    return `${a} ${words[at]} ${b} is ${words[at] === "plus" ? a + b : a - b} .`;
  },
  // my PERSON has the COLOR THING in the PLACE . QUESTION
  extraction: (words) => {
    const [, person, , , color, thing, , , place] = words;
    const question = words.slice(10).join(" ");
    if (question === "who has it ?") return `my ${person} has it .`;
    if (question === "which color is it ?") return `it is ${color} .`;
    return question === "what is it ?" ? `it is the ${thing} .` : `it is in the ${place} .`;
  },
  categories: (words) => {
    const thing = words[2]!;
    return `the ${thing} is for ${(isObject(thing) ? fieldOfObject(thing) : fieldOfTool(thing)).name} .`;
  },
  ordering: (words) => {
    const numbers = words.filter((word) => /^\d+$/.test(word)).map(Number);
    return `${numbers.sort((a, b) => a - b).join(" , ")} .`;
  },
};

for (const kind of Object.keys(SOLVERS) as TaskKind[]) {
  test(`${kind}: the answer is what a solver finds in the question, the wrong one is refused`, () => {
    for (const task of take(tasks(kind, 41), 3000)) {
      assert.is(task.answer, SOLVERS[kind](task.prompt.split(" ")), task.prompt);
      assert.ok(isCorrect(task, ` ${task.answer}\n`));
      assert.not(isCorrect(task, task.wrong));
      assert.is(task.wrong.split(" ").length, task.answer.split(" ").length);
      const numbers = `${task.prompt} ${task.answer} ${task.wrong}`.match(/-?\d+/g) ?? [];
      assert.ok(numbers.every((number) => Number(number) >= 0 && Number(number) <= LARGEST_NUMBER));
    }
  });
}

test("multiple choice: five choices, the right one is the field of the thing, every place occurs", () => {
  const random = seeded(42);
  const places = new Set<number>();
  for (let i = 0; i < 500; i++) {
    const { prompt, choices, answer } = sampleMultipleChoice(random);
    const thing = prompt.split(" ")[3]!;
    assert.is(choices[answer], `the ${thing} is for ${(isObject(thing) ? fieldOfObject(thing) : fieldOfTool(thing)).name} .`);
    assert.is(new Set(choices).size, 5);
    places.add(answer);
  }
  assert.is(places.size, 5);
});

test.run();
