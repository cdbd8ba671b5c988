/** Forgets of a map, which has one entry too many, the one that was put there first. */
export function keepNewest<K>(map: Map<K, unknown>, most: number): void {
  if (map.size <= most) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
