/** @file Packages of the running JupyterLab. A second copy of one would have tokens and classes that JupyterLab does not know. */

/** @throws Error where this JupyterLab does not share the package */
export async function shared<Module>(name: string): Promise<Module> {
  const versions = window._JUPYTERLAB?.neuronbook?.scope?.[name] ?? {};
  const newest = Object.keys(versions)
    .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
    .at(-1);
  if (newest === undefined) throw new Error(`neuronbook's plugin needs ${name}, which this JupyterLab does not share`);
  return (await versions[newest]!.get())() as Module;
}
