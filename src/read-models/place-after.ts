/** The place, of so many in ascending order, after every one that is not greater. */
export function placeAfter<Ordered extends number | string>(
  ascending: ArrayLike<Ordered>,
  most: Ordered,
  length = ascending.length,
): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const each = ascending[middle];
    if (each !== undefined && each <= most) low = middle + 1;
    else high = middle;
  }
  return low;
}
