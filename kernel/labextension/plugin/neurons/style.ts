/** @file The view's looks, in the theme's own colours. */

const RULES = `
.neuronbook-neurons { color: var(--jp-ui-font-color1, #222); font: 13px/1.45 var(--jp-ui-font-family, sans-serif); padding: 4px 0; }
.neuronbook-title { font-weight: 600; margin-bottom: 4px; }
.neuronbook-bar { display: flex; flex-wrap: wrap; align-items: center; gap: 6px 8px; margin: 6px 0; }
.neuronbook-button, .neuronbook-select {
  font: inherit; color: inherit; background: var(--jp-layout-color1, #fff); border: 1px solid var(--jp-border-color1, #bbb);
  border-radius: 3px; padding: 2px 8px; cursor: pointer;
}
.neuronbook-button:hover { background: var(--jp-layout-color2, #eee); }
.neuronbook-button[aria-pressed="true"] { background: var(--jp-brand-color1, #1976d2); color: var(--jp-ui-inverse-font-color1, #fff); }
.neuronbook-button[hidden] { display: none; }
.neuronbook-help { color: var(--jp-ui-font-color2, #555); font-size: 12px; }
.neuronbook-legend { display: inline-flex; align-items: center; gap: 6px; font-size: 12px; color: var(--jp-ui-font-color2, #555); }
.neuronbook-legend-bar { display: inline-block; width: 120px; height: 10px; border: 1px solid var(--jp-border-color1, #bbb); }
.neuronbook-text {
  white-space: pre-wrap; overflow-wrap: anywhere; font: 13px/1.7 var(--jp-code-font-family, monospace); max-height: 24em; overflow: auto;
  padding: 4px 6px; margin: 4px 0; border: 1px solid var(--jp-border-color2, #ddd); border-radius: 3px;
}
.neuronbook-token { border-radius: 2px; padding: 1px 0; }
.neuronbook-token:hover { outline: 1px solid var(--jp-ui-font-color1, #222); }
.neuronbook-canvas { position: relative; line-height: 0; }
.neuronbook-canvas canvas { cursor: crosshair; touch-action: none; }
.neuronbook-canvas canvas:focus, .neuronbook-text:focus { outline: 1px solid var(--jp-brand-color1, #1976d2); outline-offset: -1px; }
.neuronbook-band { position: absolute; display: none; pointer-events: none; border: 1px solid #c2478f; background: rgba(194, 71, 143, 0.2); }
.neuronbook-list { display: flex; flex-wrap: wrap; gap: 4px; font-size: 12px; align-items: center; }
.neuronbook-list .neuronbook-button { padding: 0 6px; }
.neuronbook-tooltip {
  position: fixed; z-index: 10000; pointer-events: none; max-width: 340px; padding: 4px 8px; border-radius: 3px;
  font: 12px/1.4 var(--jp-ui-font-family, sans-serif); color: var(--jp-ui-font-color1, #222); background: var(--jp-layout-color1, #fff);
  border: 1px solid var(--jp-border-color1, #bbb); box-shadow: 0 1px 4px rgba(0, 0, 0, 0.3); overflow-wrap: anywhere;
}
`;

let added = false;

export function addStyle(): void {
  if (added) return;
  added = true;
  const style = document.createElement("style");
  style.textContent = RULES;
  document.head.append(style);
}
