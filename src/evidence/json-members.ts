import { canonicalJson } from '../domain/canonical-json';

/** A JSON document is written a member at a time, so that a long list in it needs no more memory than one item. */

export const utf8 = (text: string) => Buffer.from(text, 'utf8');

/** Members with short values, each on a line of its own. */
export function jsonMembers(members: Readonly<Record<string, unknown>>): string {
  return Object.entries(members)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `\n${JSON.stringify(name)}: ${canonicalJson(value)}`)
    .join(',');
}

/** A member after others, whose items stand on lines of their own. @param items each a JSON text */
export async function* jsonList(
  name: string,
  items: Iterable<string> | AsyncIterable<string>,
): AsyncGenerator<Uint8Array> {
  yield utf8(`,\n${JSON.stringify(name)}: [`);
  let separator = '\n';
  for await (const item of items) {
    yield utf8(`${separator}${item}`);
    separator = ',\n';
  }
  yield utf8(']');
}
