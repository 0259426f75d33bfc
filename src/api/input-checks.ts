import { ValidateBy, type ValidationOptions } from 'class-validator';
import { MAX_TEXT_BYTES } from '../domain/limits';

/**
 * Checks of input fields. Each is named by the code that a failure answers in `userErrors`: REQUIRED, TOO_LONG,
 * TOO_MANY, TEXT_NOT_UNICODE, CONTROL_CHARACTER, TEXT_TOO_LARGE, OUT_OF_RANGE, LOCALE_TWICE. Absent fields pass.
 */
export type InputCheck = PropertyDecorator;

/** A key that a client made up, such as an idempotency key. */
const MAX_KEY_LENGTH = 200;

/** One line of text that may not be blank. */
export const line = (max: number) => checks(required(), tooLong(max), unicode(), oneLine());

/** Text that may not be blank and may have several lines. */
export const paragraph = (max: number) => checks(required(), tooLong(max), unicode(), noControls());

/** Text that may still be blank, as in a statement that is being written. */
export const note = (max: number) => checks(tooLong(max), unicode(), noControls());

/** A list of such texts. */
export const notes = (maxItems: number, maxLength: number) =>
  checks(atMost(maxItems), tooLong(maxLength, EACH), unicode(EACH), noControls(EACH));

export const key = () => line(MAX_KEY_LENGTH);

/** The text of a policy or template: the UTF-8 of a string, and no more of it than is stored (rule X1). */
export const policyText = () =>
  checks(
    required(),
    unicode(),
    check('CONTROL_CHARACTER', 'A text holds no NUL.', (value) => !isText(value) || !value.includes('\0')),
    check(
      'TEXT_TOO_LARGE',
      `A text may have at most ${MAX_TEXT_BYTES} bytes.`,
      (value) => !isText(value) || Buffer.byteLength(value, 'utf8') <= MAX_TEXT_BYTES,
    ),
  );

export const atMost = (max: number) =>
  check('TOO_MANY', `At most ${max} may be given.`, (value) => !Array.isArray(value) || value.length <= max);

export const within = (min: number, max: number) =>
  check(
    'OUT_OF_RANGE',
    `This is ${min} to ${max}.`,
    (value) => typeof value !== 'number' || (value >= min && value <= max),
  );

/** Of texts by locale, each locale once. */
export const distinctLocales = () =>
  check('LOCALE_TWICE', 'Each locale may be given once.', (value) => {
    const locales = Array.isArray(value) ? value.map((item: { readonly locale?: unknown }) => item.locale) : [];
    return new Set(locales).size === locales.length;
  });

const EACH = { each: true } as const;

function required(options: ValidationOptions = {}): InputCheck {
  return check('REQUIRED', 'This may not be blank.', (value) => !isText(value) || value.trim() !== '', options);
}

function tooLong(max: number, options: ValidationOptions = {}): InputCheck {
  return check('TOO_LONG', `At most ${max} characters.`, (value) => !isText(value) || value.length <= max, options);
}

function unicode(options: ValidationOptions = {}): InputCheck {
  const whole = (value: unknown) => !isText(value) || !/\p{Surrogate}/u.test(value);
  return check('TEXT_NOT_UNICODE', 'The text holds half a surrogate pair.', whole, options);
}

function oneLine(): InputCheck {
  const clean = (value: unknown) => !isText(value) || !/[\p{Control}\u2028\u2029]/u.test(value);
  return check('CONTROL_CHARACTER', 'The text holds a line break or another control character.', clean);
}

/** Line breaks and tabs are no harm in a longer text. */
function noControls(options: ValidationOptions = {}): InputCheck {
  const clean = (value: unknown) => !isText(value) || !/[^\P{Control}\t\n\r]/u.test(value);
  return check('CONTROL_CHARACTER', 'The text holds a control character.', clean, options);
}

function check(
  code: string,
  message: string,
  validate: (value: unknown) => boolean,
  options: ValidationOptions = {},
): InputCheck {
  return ValidateBy({ name: code, validator: { validate, defaultMessage: () => message } }, options);
}

function checks(...all: readonly InputCheck[]): InputCheck {
  return (target, property) => {
    for (const each of all) each(target, property);
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}
