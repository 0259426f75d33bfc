/** Longer than any position or cursor made here; nothing beyond it is read. */
const MAX_OPAQUE_LENGTH = 1_024;

/** Text that clients keep and give back without looking into it. */
export function encodeOpaque(value: unknown): string {
  return Buffer.from(JSON.stringify(value), 'utf8').toString('base64url');
}

/** What {@link encodeOpaque} was given; undefined for any other text. */
export function decodeOpaque(text: string): unknown {
  if (text.length === 0 || text.length > MAX_OPAQUE_LENGTH || !/^[A-Za-z0-9_-]+$/.test(text)) return undefined;
  try {
    return JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined;
  }
}
