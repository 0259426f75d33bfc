import type { JWTPayload } from 'jose';
import { parseGrant, type Role, type RoleGrant } from './caller';

/**
 * What stands in a token at a claim: by its whole name, for claims may be called by an address; else along its dots,
 * as in `realm_access.roles`.
 */
export function claimAt(payload: JWTPayload, path: string): unknown {
  if (Object.hasOwn(payload, path)) return payload[path];
  return path.split('.').reduce<unknown>((value, name) => {
    return isRecord(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }, payload);
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * Grants such as `officer@skysoft` in a list, or in one text with spaces between them. Whatever else stands there is
 * meant for others and passed over, as is a role that this provider may not grant. Each once.
 */
export function grantsIn(claim: unknown, grantable: readonly Role[]): readonly RoleGrant[] {
  const texts: readonly unknown[] = typeof claim === 'string' ? claim.split(' ') : Array.isArray(claim) ? claim : [];
  const named = new Set(texts.filter((text) => typeof text === 'string'));
  return [...named].flatMap((text) => {
    const grant = parseGrant(text);
    if (grant === undefined || !grantable.includes(grant.role)) return [];
    // A provider knows many people: whose subject it is has to be said.
    return grant.role === 'subject' && grant.organisation === undefined ? [] : [grant];
  });
}

/** A text that may stand for somebody: compared exactly, so nothing is trimmed; undefined when it is none. */
export function nameOfSomebody(claim: unknown, longest: number): string | undefined {
  if (typeof claim !== 'string' || claim === '' || claim.length > longest) return undefined;
  return /[\p{Cc}\p{Cs}]/u.test(claim) ? undefined : claim;
}

/** A name to show; undefined when there is none that could be shown. */
export function displayName(claim: unknown, longest: number): string | undefined {
  if (typeof claim !== 'string' || claim.length > 2 * longest) return undefined;
  const name = claim.normalize('NFC').trim().replace(/\s+/gu, ' ');
  return name === '' || name.length > longest || /\p{C}/u.test(name) ? undefined : name;
}
