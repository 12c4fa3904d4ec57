/**
 * @file What JupyterLab loads first: a module federation container, the form in which it takes prebuilt extensions. The modules behind it are
 * plain ES modules that the browser loads by itself, so nothing is bundled. This file is a classic script; it imports nothing at its top.
 */

/** Packages that JupyterLab shares with its extensions: name, version, and how to get it. */
type ShareScope = Readonly<Record<string, Readonly<Record<string, { get(): Promise<() => unknown> }>>>>;

interface Container {
  /** set by `init`, read by shared.ts */
  scope: ShareScope | undefined;
  init(scope: ShareScope): void;
  get(module: string): Promise<() => object>;
}

// biome-ignore lint/correctness/noUnusedVariables: the declarations of the browser have the rest of it
interface Window {
  _JUPYTERLAB?: Record<string, Container>;
}

(() => {
  const modules: Readonly<Record<string, () => Promise<object>>> = {
    "./mimeExtension": () => import("./mime-extension.js"),
    "./extension": () => import("./extension.js"),
  };
  window._JUPYTERLAB ??= {};
  window._JUPYTERLAB.neuronbook = {
    scope: undefined,
    init(scope) {
      this.scope = scope;
    },
    async get(module) {
      const load = modules[module];
      if (load === undefined) throw new Error(`neuronbook's JupyterLab plugin has no module ${module}`);
      const loaded = await load();
      // JupyterLab writes a property into what it gets, which a module's own namespace does not allow
      return () => ({ __esModule: true, ...loaded });
    },
  };
})();
