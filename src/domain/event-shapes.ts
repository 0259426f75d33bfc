/**
 * Hand-written checks of stored data. A check answers undefined when the value has the form, else the path of the
 * part that has not; it never says the value, which may be personal.
 */
export type Check = (value: unknown) => string | undefined;

/** One check per field of `Data`; the compiler asks for every field, so that none is forgotten. */
export type FieldChecks<Data> = { readonly [Field in keyof Data]-?: Check };

/** What an event type's data looks like, and which field says when the fact occurred. */
export interface EventShape {
  readonly check: Check;
  readonly occurredAt: string | undefined;
}

const OK = undefined;
const HERE = '';
const INSTANT = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z$/;
const LOCAL_DATE = /^\d{4}-\d{2}-\d{2}$/;

export const text: Check = (value) => (typeof value === 'string' ? OK : HERE);
export const flag: Check = (value) => (typeof value === 'boolean' ? OK : HERE);
export const instant: Check = (value) => (typeof value === 'string' && INSTANT.test(value) ? OK : HERE);
export const localDate: Check = (value) => (typeof value === 'string' && LOCAL_DATE.test(value) ? OK : HERE);
/** A whole number from 0. */
export const count: Check = (value) => (Number.isSafeInteger(value) && Number(value) >= 0 ? OK : HERE);

export function oneOf(words: readonly string[]): Check {
  const known = new Set<unknown>(words);
  return (value) => (known.has(value) ? OK : HERE);
}

/** Absent is fine; null is not. */
export function optional(check: Check): Check {
  return (value) => (value === undefined ? OK : check(value));
}

export function list(check: Check): Check {
  return (value) => {
    if (!Array.isArray(value)) return HERE;
    for (let index = 0; index < value.length; index += 1) {
      const fault = check(value[index]);
      if (fault !== OK) return join(String(index), fault);
    }
    return OK;
  };
}

/** An object whose keys are free and whose values have one form. */
export function dictionary(check: Check): Check {
  return (value) => {
    if (!isObject(value)) return HERE;
    return firstFault(Object.keys(value).map((key) => [key, check(value[key])]));
  };
}

/** An object with these fields. Others are passed over: an older reader does not know them. */
export function fields<Data>(checks: FieldChecks<Data>): Check {
  const entries = Object.entries<Check>(checks);
  return (value) => {
    if (!isObject(value)) return HERE;
    for (const [field, check] of entries) {
      const fault = check(value[field]);
      if (fault !== OK) return join(field, fault);
    }
    return OK;
  };
}

/** The shape of an event whose fact occurred at the instant in `occurredAt`. */
export function shape<Data>(occurredAt: (keyof Data & string) | undefined, checks: FieldChecks<Data>): EventShape {
  return { check: fields<Data>(checks), occurredAt };
}

/** The same shape, where one of these fields at least must be there; without any the first is missed. */
export function withOneOf(names: readonly string[], { check, occurredAt }: EventShape): EventShape {
  const isThere = (value: unknown) => isObject(value) && names.some((name) => value[name] !== undefined);
  return { check: (value) => check(value) ?? (isThere(value) ? OK : names[0]), occurredAt };
}

function firstFault(faults: readonly (readonly [string, string | undefined])[]): string | undefined {
  const found = faults.find(([, fault]) => fault !== OK);
  return found && join(found[0], found[1] ?? HERE);
}

function join(field: string, rest: string): string {
  return rest === HERE ? field : `${field}.${rest}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
