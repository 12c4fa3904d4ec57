/** @file JupyterLab's theme: its colours, and when they change. */

/** A CSS variable of the theme, such as `--jp-ui-font-color1`. */
export const themeValue = (name: string, fallback: string): string =>
  getComputedStyle(document.body).getPropertyValue(name).trim() || fallback;

/** Other front ends do not say; they are taken as light. */
export const isDark = (): boolean => document.body.dataset.jpThemeLight === "false";

/** @param changed is called when the page has been laid out in the new theme @returns what ends the watching */
export function onThemeChange(changed: () => void): () => void {
  const observer = new MutationObserver(() => requestAnimationFrame(() => changed()));
  observer.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-name", "data-jp-theme-light"] });
  return () => observer.disconnect();
}
