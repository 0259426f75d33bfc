import { GraphQLScalarType, type GraphQLScalarTypeConfig, Kind } from 'graphql';
import {
  type Instant,
  type LocalDate,
  parseInstant,
  parseLocalDate,
  parseTimeZone,
  UnreadableTime,
} from '../domain/time';
import { badUserInput } from './errors';

/** Longer than any value of these scalars; nothing beyond it is read. */
const MAX_SCALAR_LENGTH = 1_024;
const MAX_LOCALE_LENGTH = 35;

/** RFC 3339 with an offset and at most milliseconds; answered in UTC with milliseconds (rule T2). */
export const DateTime = textScalar<Instant>({
  name: 'DateTime',
  description: 'RFC 3339 date-time with an offset, no finer than milliseconds; answered in UTC.',
  specifiedByURL: 'https://www.rfc-editor.org/rfc/rfc3339',
  read: parseInstant,
});

export const LocalDateScalar = textScalar<LocalDate>({
  name: 'LocalDate',
  description: 'A civil day without a time, such as 2023-11-01.',
  read: parseLocalDate,
});

export const TimeZoneScalar = textScalar<string>({
  name: 'TimeZone',
  description: 'IANA name of a time zone, such as Europe/Oslo.',
  read: parseTimeZone,
});

export const Locale = textScalar<string>({
  name: 'Locale',
  description: 'BCP 47 language tag, answered in its canonical form.',
  specifiedByURL: 'https://www.rfc-editor.org/info/bcp47',
  read: canonicalLocale,
});

export const PositionScalar = textScalar<string>({
  name: 'Position',
  description: 'A place in this log. Opaque: only given back.',
  read: (text) => text,
});

/** The canonical form of a language tag: "NB-no" is "nb-NO". @throws BAD_USER_INPUT */
export function canonicalLocale(text: string): string {
  try {
    const [locale] = text.length <= MAX_LOCALE_LENGTH ? Intl.getCanonicalLocales(text) : [];
    if (locale !== undefined) return locale;
  } catch {
    // Falls through to the one error for every unreadable tag.
  }
  throw badUserInput('This is not a BCP 47 language tag.');
}

interface TextScalar<Value> extends Pick<GraphQLScalarTypeConfig<Value, string>, 'name' | 'specifiedByURL'> {
  readonly description: string;
  readonly read: (text: string) => Value;
}

/** A scalar written as a string and nothing else: never an array or a number that happens to print well. */
function textScalar<Value extends string>({ read, ...config }: TextScalar<Value>): GraphQLScalarType<Value, string> {
  const parse = (value: unknown): Value => {
    if (typeof value !== 'string') throw badUserInput(`A ${config.name} is written as a string.`);
    if (value.length > MAX_SCALAR_LENGTH) throw badUserInput(`This is too long for a ${config.name}.`);
    return readable(read, value);
  };
  return new GraphQLScalarType<Value, string>({
    ...config,
    serialize: (value) => {
      if (typeof value !== 'string') throw new Error(`A ${config.name} was answered that is no string.`);
      return value;
    },
    parseValue: parse,
    parseLiteral: (node) => parse(node.kind === Kind.STRING ? node.value : undefined),
  });
}

function readable<Value>(read: (text: string) => Value, text: string): Value {
  try {
    return read(text);
  } catch (error) {
    if (error instanceof UnreadableTime) throw badUserInput(error.message);
    throw error;
  }
}
