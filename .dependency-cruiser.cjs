// Imports point down the layers of src/. A layer may import itself, `errors.ts`, `random.ts` and every layer below it.
const layers = [
  "statistics",
  "graph",
  "weights",
  "models",
  "engine",
  "datasets",
  "organism",
  "training",
  "neurons",
  "judges",
  "plots",
  "probes",
  "findings",
  "lab",
  "cli",
];
const rules = layers.flatMap((layer, index) => {
  const above = [...layers.slice(index + 1), "index"];
  return {
    name: `${layer}-points-down`,
    severity: "error",
    from: { path: `^src/${layer}/` },
    to: { path: `^src/(${above.join("|")})(/|\\.ts)` },
  };
});
module.exports = {
  forbidden: [
    ...rules,
    { name: "no-circular", severity: "error", from: { path: "^src" }, to: { circular: true } },
    {
      name: "no-orphan-package",
      severity: "error",
      from: { path: "^src" },
      to: { dependencyTypes: ["npm-dev", "npm-no-pkg", "unknown", "undetermined"] },
    },
    {
      // the commands that install and drive the kernel; nothing else of the library knows it
      name: "src-knows-no-kernel",
      severity: "error",
      from: { path: "^src", pathNot: "^src/cli/kernel\\.ts$" },
      to: { path: "^kernel" },
    },
    { name: "kernel-knows-no-tests", severity: "error", from: { path: "^kernel" }, to: { path: "^(test|bench)" } },
    {
      // an optional companion, started only where it is installed
      name: "tslab-in-its-own-folder",
      severity: "error",
      from: { path: "^(src|kernel)", pathNot: "^kernel/tslab/" },
      to: { path: "^node_modules/@?tslab/" },
    },
    {
      // it runs in a browser
      name: "plugin-knows-no-kernel",
      severity: "error",
      from: { path: "^kernel/labextension/plugin/" },
      to: { pathNot: "^(kernel/labextension/plugin/|node_modules/@(jupyterlab|lumino)/)" },
    },
    { name: "no-circular-in-kernel", severity: "error", from: { path: "^kernel" }, to: { circular: true } },
    {
      // of JupyterLab's packages the plugin takes types alone: it runs with the ones that JupyterLab shares
      name: "no-orphan-package-in-kernel",
      severity: "error",
      from: { path: "^kernel", pathNot: "^kernel/labextension/plugin/" },
      to: { pathNot: "^node_modules/tslab/", dependencyTypes: ["npm-dev", "npm-no-pkg", "unknown", "undetermined"] },
    },
    { name: "src-knows-no-tests", severity: "error", from: { path: "^src" }, to: { path: "^(test|bench)" } },
  ],
  options: {
    tsConfig: { fileName: "tsconfig.json" },
    tsPreCompilationDeps: true,
    doNotFollow: { path: "node_modules" },
    enhancedResolveOptions: { exportsFields: ["exports"], conditionNames: ["import", "node", "types"] },
  },
};
