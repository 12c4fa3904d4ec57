export {
  DisposedError,
  EngineError,
  FileFormatError,
  NeuronbookError,
  NotFoundError,
  OptionError,
  ShapeError,
  SiteError,
} from "./errors.js";
