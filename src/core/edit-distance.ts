/**
 * Edit distance (Damerau): how many letters have to be left out, added, changed or swapped with their neighbour to make
 * one word of the other; Infinity if more than `most`. Fast for a small `most`, because most pairs exceed it early.
 */
export function editDistance(one: string, other: string, most: number): number {
  if (Math.abs(one.length - other.length) > most) return Infinity;
  // Each letter that the other word lacks takes an edit. Most pairs end here.
  let strange = 0;
  for (const letter of one) if (!other.includes(letter) && ++strange > most) return Infinity;
  let same = 0;
  while (same < one.length && one[same] === other[same]) same += 1;
  const [a, b] = [one.slice(same), other.slice(same)];
  if (a === "" || b === "") return a.length + b.length;
  if (most === 0) return Infinity;
  const rest = (ofA: number, ofB: number) => editDistance(a.slice(ofA), b.slice(ofB), most - 1);
  const isSwapped = a[0] === b[1] && a[1] === b[0];
  return 1 + Math.min(rest(1, 0), rest(0, 1), rest(1, 1), isSwapped ? rest(2, 2) : Infinity);
}
