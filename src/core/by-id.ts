/** Each by its id. */
export function byId<T extends { id: number }>(all: Iterable<T>): Map<number, T> {
  return new Map(Array.from(all, (one) => [one.id, one]));
}
