/** @file What stands in the place of an output that cannot be shown. */
export function errorMessage(what: string, error: unknown): HTMLElement {
  const element = document.createElement("div");
  element.setAttribute("role", "alert");
  element.style.color = "var(--jp-error-color1)";
  element.textContent = `neuronbook cannot show ${what}: ${error instanceof Error ? error.message : String(error)}`;
  return element;
}
