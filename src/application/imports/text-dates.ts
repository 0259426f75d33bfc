import { Temporal } from '@js-temporal/polyfill';

/** A civil date in a text. */
export interface FoundDate {
  /** YYYY-MM-DD */
  readonly date: string;
  readonly from: number;
  readonly to: number;
}

/** Years outside are numbers of other things. */
const FIRST_YEAR = 1950;
const LAST_YEAR = 2199;

/** First three letters of the month's name in bokmål, nynorsk and English. */
const MONTHS: ReadonlyMap<string, number> = new Map(
  ['jan', 'feb', 'mar', 'apr', 'mai', 'jun', 'jul', 'aug', 'sep', 'okt', 'nov', 'des']
    .map((name, at): [string, number] => [name, at + 1])
    .concat([
      ['may', 5],
      ['oct', 10],
      ['dec', 12],
    ]),
);
const MONTH = `(?<month>${[
  ...['jan(?:uary?)?', 'feb(?:ruary?)?', 'mar(?:s|ch)?', 'apr(?:il)?', 'ma[iy]', 'jun[ie]?', 'jul[iy]?', 'aug(?:ust)?'],
  ...['sept?(?:ember)?', 'o[kc]t(?:ober)?', 'nov(?:ember)?', 'de[sc](?:ember)?'],
].join('|')})`;
const YEAR = String.raw`(?<year>\d{4})`;
const DAY = String.raw`(?<day>\d{1,2})`;
const START = String.raw`(?<![\p{L}\d.\-/])`;
const END = String.raw`(?![\p{L}\d]|[.\-/]\d)`;

const DAY_FIRST = new RegExp(
  `${START}${DAY}(?:\\.|st|nd|rd|th)?,?\\s?(?:of\\s)?${MONTH}(?!\\p{L})[.,]{0,2}\\s?${YEAR}${END}`,
  'giu',
);
const MONTH_FIRST = new RegExp(
  `(?<!\\p{L})${MONTH}(?!\\p{L})\\.?\\s${DAY}(?:\\.|st|nd|rd|th)?,?\\s${YEAR}${END}`,
  'giu',
);
const YEAR_FIRST = new RegExp(`${START}${YEAR}(?<mark>[-/.])(?<monthNumber>\\d{1,2})\\k<mark>${DAY}${END}`, 'gu');
const NUMBERS = new RegExp(
  `${START}(?<first>\\d{1,2})(?<mark>[./-])\\s?(?<second>\\d{1,2})\\k<mark>\\s?${YEAR}${END}`,
  'gu',
);

/**
 * The dates of a line in its order: "1. mars 2024", "March 1st, 2024", "2024-03-01", "01.03.2024". With slashes only
 * where day and month cannot be exchanged. Dates that are not in the calendar are left out.
 */
export function findDates(text: string): FoundDate[] {
  const found = [
    ...datesOf(text, DAY_FIRST, (parts) => dateOf(parts.year, monthNumber(parts.month), parts.day)),
    ...datesOf(text, MONTH_FIRST, (parts) => dateOf(parts.year, monthNumber(parts.month), parts.day)),
    ...datesOf(text, YEAR_FIRST, (parts) => dateOf(parts.year, parts.monthNumber, parts.day)),
    ...datesOf(text, NUMBERS, numberedDate),
  ];
  return found.sort((a, b) => a.from - b.from);
}

type Parts = Readonly<Record<string, string | undefined>>;

function datesOf(text: string, pattern: RegExp, read: (parts: Parts) => string | undefined): FoundDate[] {
  return Array.from(text.matchAll(pattern)).flatMap((match) => {
    const date = read(match.groups ?? {});
    return date === undefined ? [] : [{ date, from: match.index, to: match.index + match[0].length }];
  });
}

/** Norwegian and British order; with slashes the American one too, and then it must make no difference. */
function numberedDate(parts: Parts): string | undefined {
  const dayFirst = dateOf(parts.year, parts.second, parts.first);
  if (parts.mark !== '/') return dayFirst;
  const monthFirst = dateOf(parts.year, parts.first, parts.second);
  if (dayFirst !== undefined && monthFirst !== undefined && dayFirst !== monthFirst) return undefined;
  return dayFirst ?? monthFirst;
}

function monthNumber(name = ''): string {
  return String(MONTHS.get(name.slice(0, 3).toLowerCase()) ?? 0);
}

function dateOf(year = '', month = '', day = ''): string | undefined {
  const numbers = { year: Number(year), month: Number(month), day: Number(day) };
  if (numbers.year < FIRST_YEAR || numbers.year > LAST_YEAR || numbers.month < 1 || numbers.day < 1) return undefined;
  try {
    return Temporal.PlainDate.from(numbers, { overflow: 'reject' }).toString();
  } catch {
    return undefined;
  }
}
