/** @file What the command's exit code says; scripts depend on it. */
export const EXIT = {
  good: 0,
  failed: 1,
  /** unknown or missing option, or a value that makes no sense */
  wrongUsage: 2,
  /** by SIGINT, as shells report it */
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];
