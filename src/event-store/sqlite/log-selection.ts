/** Which part of the log some prefixes admit. */
export interface LogSelection {
  /** Numbers of the categories that have admitted streams. */
  readonly categories: ReadonlySet<number>;
  /** True when every event of the log so far is admitted. */
  readonly everything: boolean;
  /** Judges a stream where a prefix admits only part of its category; undefined where none does. */
  readonly admits?: (stream: string) => boolean;
}

/** Sets prefixes against the categories there are; to be asked anew for each page, since categories come to be. */
export function selectFromLog(
  prefixes: readonly string[] | undefined,
  categories: ReadonlyMap<string, number>,
): LogSelection {
  if (prefixes === undefined) {
    return { categories: new Set(categories.values()), everything: true };
  }
  const chosen = new Set<number>();
  let whole = 0;
  for (const [name, number] of categories) {
    if (prefixes.some((prefix) => `${name}-`.startsWith(prefix))) {
      chosen.add(number);
      whole += 1;
    } else if (prefixes.some((prefix) => prefix.startsWith(`${name}-`))) {
      chosen.add(number);
    }
  }
  const selection = { categories: chosen, everything: whole === categories.size };
  if (whole === chosen.size) {
    return selection;
  }
  return { ...selection, admits: (stream) => prefixes.some((prefix) => stream.startsWith(prefix)) };
}

const LOWEST_UUID = '00000000-0000-0000-0000-000000000000';
const HIGHEST_UUID = 'ffffffff-ffff-ffff-ffff-ffffffffffff';
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The first and last UUID that a prefix like `policy-3f2a` admits in a category; none where it admits no stream of it. */
export function uuidRange(
  category: string,
  prefix: string,
): readonly { readonly first: string; readonly last: string }[] {
  if (!prefix.startsWith(`${category}-`)) {
    return [];
  }
  const start = prefix.slice(category.length + 1);
  const first = start + LOWEST_UUID.slice(start.length);
  return UUID.test(first) ? [{ first, last: start + HIGHEST_UUID.slice(start.length) }] : [];
}
