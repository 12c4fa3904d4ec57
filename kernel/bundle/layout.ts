/** @file What lies where in a bundle. */
export const NOTEBOOK = "notebook.ipynb";
export const PAGE = "notebook.html";
export const ORIGIN = "origin.json";
export const TABLES = "tables/index.json";
/** files that the notebook needs, by their place in its folder */
export const FILES = "files/";
