import type { ExecutionResult } from 'graphql';
import type { OwnFields } from './shared-item';

/** An answer without what is each reader's own. */
export interface AnswerTemplate {
  readonly root: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Names in the answer of the reader's own fields, each with the field's name. */
  readonly own: readonly (readonly [key: string, field: keyof OwnFields])[];
  /** The answer as JSON in UTF-8, cut inside the quotes of the reader's own fields, and which one stands there. */
  readonly json: { readonly parts: readonly Uint8Array[]; readonly between: readonly (keyof OwnFields)[] };
}

/** Stand for the reader's own fields while an answer for all is made; no text of anybody's has a NUL in it. */
export const PLACES: OwnFields = { id: '\0id', cursor: '\0cursor' };

const OWN_FIELDS = ['id', 'cursor'] as const;
/** The places as JSON writes them; the quotes stay. */
const WRITTEN_PLACES = /(?<=")\\u0000(id|cursor)(?=")/u;
/** Stands in JSON as it is. */
const PLAIN = /^[\w:.=-]*$/;

/** @param data answered with {@link PLACES}; undefined: it is no answer that many can be given */
export function templateOf(data: Readonly<Record<string, unknown>>): AnswerTemplate | undefined {
  const [root, ...others] = Object.keys(data);
  const fields = root === undefined ? undefined : data[root];
  if (root === undefined || others.length > 0 || typeof fields !== 'object' || fields === null) return undefined;
  const own = Object.entries(fields).flatMap(([key, value]) =>
    OWN_FIELDS.flatMap((field) => (value === PLACES[field] ? [[key, field] as const] : [])),
  );
  // What the pattern caught stands between the parts.
  const cut = JSON.stringify({ data }).split(WRITTEN_PLACES);
  const between = cut.flatMap((part, place) => (place % 2 === 1 ? OWN_FIELDS.filter((field) => field === part) : []));
  if (between.length !== own.length) return undefined;
  const parts = cut.filter((_, place) => place % 2 === 0).map((part) => Buffer.from(part));
  return { root, fields: { ...fields }, own, json: { parts, between } };
}

/** What one reader is given: a class, since there are thousands at a time and most are only ever wanted as JSON. */
export class SharedAnswer implements ExecutionResult {
  constructor(
    private readonly template: AnswerTemplate,
    readonly own: OwnFields,
  ) {}

  get data(): Record<string, unknown> {
    const { root, fields, own } = this.template;
    const item = { ...fields };
    for (const [key, field] of own) item[key] = this.own[field];
    return { [root]: item };
  }

  /** Of the answer as JSON. */
  get byteLength(): number {
    const { parts, between } = this.template.json;
    let sum = 0;
    for (const part of parts) sum += part.length;
    for (const field of between) sum += Buffer.byteLength(inQuotes(this.own[field]));
    return sum;
  }

  /** As JSON in UTF-8: most of it is copied, and no text is made for one reader. @returns the place after it */
  writeTo(bytes: Buffer, place: number): number {
    const { parts, between } = this.template.json;
    let next = place;
    for (let index = 0; index < parts.length; index += 1) {
      const part = parts[index];
      if (part !== undefined) bytes.set(part, next);
      next += part?.length ?? 0;
      const field = between[index];
      if (field !== undefined) next += bytes.write(inQuotes(this.own[field]), next);
    }
    return next;
  }

  toJSON(): ExecutionResult {
    return { data: this.data };
  }
}

/** What JSON writes between the quotes. */
function inQuotes(text: string): string {
  return PLAIN.test(text) ? text : JSON.stringify(text).slice(1, -1);
}
