/** @file Small pieces of the view's page. */
import { css } from "../colour.js";
import { type ColourScale, shortNumber } from "./colours.js";

export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...content: readonly (Node | string)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className !== "") made.className = `neuronbook-${className}`;
  made.append(...content);
  return made;
}

export function button(text: string, title: string, pressed: () => void): HTMLButtonElement {
  const made = element("button", "button", text);
  made.type = "button";
  made.title = title;
  made.addEventListener("click", pressed);
  return made;
}

/** The colours from one end of the scale to the other, with the values at the ends. */
export function legend(scale: ColourScale, unit?: string): HTMLElement {
  const least = scale.signed ? -scale.most : 0;
  const steps = Array.from({ length: 21 }, (_, i) => css(scale.at(least + (i / 20) * (scale.most - least))));
  const bar = element("span", "legend-bar");
  bar.style.background = `linear-gradient(to right, ${steps.join(", ")})`;
  const made = element("span", "legend", shortNumber(least), bar, shortNumber(scale.most));
  if (unit !== undefined) made.append(` ${unit}`);
  return made;
}

/** The values under the pointer, or of what the keyboard moves over. It stands in the page's body, where no output cuts it off. */
export class Tooltip {
  readonly #box = element("div", "tooltip");

  constructor() {
    this.#box.setAttribute("role", "status");
  }

  show(lines: readonly string[], x: number, y: number): void {
    if (!this.#box.isConnected) document.body.append(this.#box);
    this.#box.replaceChildren(...lines.map((line) => element("div", "", line)));
    const { offsetWidth, offsetHeight } = this.#box;
    this.#box.style.left = `${Math.max(4, Math.min(x + 14, window.innerWidth - offsetWidth - 4))}px`;
    this.#box.style.top = `${y + 18 + offsetHeight > window.innerHeight ? y - offsetHeight - 10 : y + 18}px`;
  }

  hide(): void {
    this.#box.remove();
  }
}
