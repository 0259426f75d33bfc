import { canonicalJson } from '../../domain/canonical-json';

/** Most arrays and objects inside each other that anything in a bundle has. */
export const MAX_JSON_DEPTH = 64;
/** Most members of one JSON text of a bundle, those of inner values included. */
export const MAX_JSON_MEMBERS = 4_000_000;

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** The value of a JSON text; undefined where it is none, or is deeper or longer than any of a bundle. */
export function jsonOf(text: string): unknown {
  if (!isWithinLimits(text)) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The value of a text that is written as this release writes it; undefined where it is none. Whoever reads it in another
 * way, for instance the first of two members of one name, reads the same.
 */
export function canonicalOf(text: string): unknown {
  const value = jsonOf(text);
  return value !== undefined && canonicalJson(value) === text ? value : undefined;
}

/** Asked before it is parsed: a parser needs far more memory for a deep text than the text itself. */
function isWithinLimits(text: string): boolean {
  let [depth, members, isQuoted] = [0, 0, false];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isQuoted && code === BACKSLASH) at += 1;
    else if (code === QUOTE) isQuoted = !isQuoted;
    else if (isQuoted) continue;
    else if (code === COMMA) members += 1;
    else if (OPENING.has(code)) [depth, members] = [depth + 1, members + 1];
    else if (CLOSING.has(code)) depth -= 1;
    if (depth > MAX_JSON_DEPTH || members > MAX_JSON_MEMBERS) return false;
  }
  return true;
}

/** It has these members and no other. */
export function hasOnly(value: object, names: readonly string[], optional: readonly string[] = []): boolean {
  const own = Object.keys(value);
  return names.every((name) => Object.hasOwn(value, name)) && own.every((name) => isOneOf(name, names, optional));
}

const isOneOf = (name: string, ...lists: readonly (readonly string[])[]) => lists.some((list) => list.includes(name));

const HASH_BYTES = 32;

/** 32 bytes in the one way that they are written. */
export function isHash(value: unknown, encoding: 'base64' | 'base64url' | 'hex'): value is string {
  if (typeof value !== 'string' || value.length > 2 * HASH_BYTES) return false;
  const bytes = Buffer.from(value, encoding);
  return bytes.length === HASH_BYTES && bytes.toString(encoding) === value;
}
