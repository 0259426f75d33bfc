/** The entry of a key, made when it is first asked for. Of more than so many all are let go of, and made again. */
export function keptEntry<Key, Entry>(entries: Map<Key, Entry>, key: Key, most: number, make: () => Entry): Entry {
  const known = entries.get(key);
  if (known !== undefined) return known;
  const entry = make();
  if (entries.size >= most) entries.clear();
  entries.set(key, entry);
  return entry;
}
