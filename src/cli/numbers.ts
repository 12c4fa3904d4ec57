/** @file Numbers as people read them. */

export const grouped = (count: number): string => count.toLocaleString("en-US");

/** At most three significant digits. */
export const short = (value: number): string => String(Number(value.toPrecision(3)));

export const megabytes = (bytes: number): string => `${grouped(Number((bytes / 1e6).toPrecision(4)))} MB`;
