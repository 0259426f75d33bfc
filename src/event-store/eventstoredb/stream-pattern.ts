/** Streams of the database itself begin with `$`; none is ever handed on. */
const SYSTEM_PREFIX = '$';

/** Matches metadata streams (`$$name`), where expiry is set. */
export const METADATA_STREAMS = '^\\u0024\\u0024';

const OWN_STREAMS = '^[^\\u0024]';
const NO_STREAMS = '^(?!)';

/**
 * A regular expression for the server's filter that admits what begins with one of `prefixes`. A pattern and not the
 * server's own prefix filter, because that compares by the rules of the language the server runs in: in Norwegian
 * "aa" is one letter, and "kaar" does not begin with "ka".
 */
export function streamPattern(prefixes: readonly string[] | undefined): string {
  if (prefixes === undefined) {
    return OWN_STREAMS;
  }
  const wanted = [...new Set(prefixes)].filter((prefix) => !prefix.startsWith(SYSTEM_PREFIX));
  return wanted.length === 0 ? NO_STREAMS : `^(?:${wanted.map(literal).join('|')})`;
}

export function isSystemStream(stream: string): boolean {
  return stream.startsWith(SYSTEM_PREFIX);
}

/** The text as a pattern that means itself in every dialect of regular expressions. */
function literal(text: string): string {
  return text.replaceAll(/[^A-Za-z0-9]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
