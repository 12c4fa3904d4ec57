/** The first `count` of an endless stream. */
export function take<T>(stream: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  for (const item of stream) {
    if (taken.length === count) break;
    taken.push(item);
  }
  return taken;
}
