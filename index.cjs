// CommonJS entry: one copy of the library, loaded through require(esm) of Node 20.19 and later. tslab's cells are CommonJS.
module.exports = require("./dist/src/index.js");
