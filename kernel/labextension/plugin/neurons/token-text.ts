/** @file Texts whose tokens one neuron colours. */
import { css, textOn } from "../colour.js";
import { isDark } from "../theme.js";
import { ColourScale, shortNumber } from "./colours.js";
import { element, legend, type Tooltip } from "./elements.js";
import { neuronName } from "./map-points.js";
import type { NeuronView } from "./payload.js";

export class TokenTexts {
  readonly node = element("div", "texts");
  readonly #choice = element("select", "select");
  readonly #legend = element("span", "");
  /** the tokens' elements of each text */
  readonly #tokens: readonly (readonly HTMLElement[])[];
  #shown = 0;

  constructor(
    private readonly view: NeuronView,
    private readonly tooltip: Tooltip,
  ) {
    for (const [i, one] of view.neurons.entries()) {
      const option = element("option", "", neuronName(one));
      option.value = String(i);
      this.#choice.append(option);
    }
    this.#choice.addEventListener("change", () => this.choose(Number(this.#choice.value)));
    const label = element("label", "choice", "Coloured by ", this.#choice);
    this.node.append(element("div", "bar", label, this.#legend));
    this.#tokens = view.texts.map((_, i) => this.#text(i));
  }

  /** Colours the texts by the neuron at this place of the list. */
  choose(neuron: number): void {
    this.#shown = neuron;
    this.#choice.value = String(neuron);
    this.tooltip.hide();
    this.recolour();
  }

  /** For a theme of another ground too. */
  recolour(): void {
    const rows = this.view.texts.map(({ values }) => values[this.#shown] ?? []);
    const scale = ColourScale.of(rows, isDark());
    this.#legend.replaceChildren(legend(scale, this.view.unit));
    for (const [i, row] of rows.entries())
      for (const [j, token] of this.#tokens[i]!.entries()) {
        const colour = scale.at(row[j]!);
        token.style.backgroundColor = css(colour);
        token.style.color = textOn(colour);
      }
  }

  #text(i: number): HTMLElement[] {
    const { tokens } = this.view.texts[i]!;
    const made = tokens.map((token, j) => {
      const one = element("span", "token", token.replaceAll("\n", "↵\n"));
      one.addEventListener("pointerenter", ({ clientX, clientY }) => this.#tell(i, j, clientX, clientY));
      return one;
    });
    const text = element("div", "text", ...made);
    text.tabIndex = 0;
    text.setAttribute("aria-label", `Text ${i + 1}; the arrow keys read the tokens' values`);
    text.addEventListener("pointerleave", () => this.tooltip.hide());
    text.addEventListener("blur", () => this.tooltip.hide());
    let at = -1;
    text.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (step === undefined || made.length === 0) return;
      event.preventDefault();
      at = Math.max(0, Math.min(made.length - 1, at + step));
      const { left, bottom } = made[at]!.getBoundingClientRect();
      this.#tell(i, at, left, bottom);
    });
    this.node.append(text);
    return made;
  }

  #tell(i: number, j: number, x: number, y: number): void {
    const { tokens, values, labels } = this.view.texts[i]!;
    const neuron = this.view.neurons[this.#shown];
    const unit = this.view.unit === undefined ? "" : ` ${this.view.unit}`;
    const lines = [`${JSON.stringify(tokens[j])}, token ${j}`];
    if (neuron !== undefined) lines.push(`${neuronName(neuron)}: ${shortNumber(values[this.#shown]![j]!)}${unit}`);
    if (labels?.[j]) lines.push(labels[j]);
    this.tooltip.show(lines, x, y);
  }
}
