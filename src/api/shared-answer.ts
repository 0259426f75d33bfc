import type { ExecutionResult } from 'graphql';
import type { OwnFields } from './shared-item';

/** An answer without what is each reader's own. */
export interface AnswerTemplate {
  readonly root: string;
  readonly fields: Readonly<Record<string, unknown>>;
  /** Names in the answer of the reader's own fields, each with the field's name. */
  readonly own: readonly (readonly [key: string, field: keyof OwnFields])[];
  /** The answer as text, cut where one of the reader's own fields stands, and which one stands there. */
  readonly text: { readonly parts: readonly string[]; readonly between: readonly (keyof OwnFields)[] };
}

/** Stand for the reader's own fields while an answer for all is made; no text of anybody's has a NUL in it. */
export const PLACES: OwnFields = { id: '\0id', cursor: '\0cursor' };

const OWN_FIELDS = ['id', 'cursor'] as const;
/** The places as JSON writes them. */
const WRITTEN_PLACES = /"\\u0000(id|cursor)"/u;

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
  return { root, fields: { ...fields }, own, text: { parts: cut.filter((_, place) => place % 2 === 0), between } };
}

/** What one reader is given: a class, since there are thousands at a time and most are only ever wanted as text. */
export class SharedAnswer implements ExecutionResult {
  #text: string | undefined;

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

  /** As JSON. */
  get text(): string {
    this.#text ??= this.#written();
    return this.#text;
  }

  toJSON(): ExecutionResult {
    return { data: this.data };
  }

  #written(): string {
    const { parts, between } = this.template.text;
    let text = parts[0] ?? '';
    for (let place = 0; place < between.length; place += 1) {
      const field = between[place];
      if (field !== undefined) text += `${JSON.stringify(this.own[field])}${parts[place + 1] ?? ''}`;
    }
    return text;
  }
}
