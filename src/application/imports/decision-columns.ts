import { MAX_NAME_LENGTH, MAX_PURPOSES } from '../../domain/limits';
import { Refusal } from '../../domain/refusal';
import { CHANNELS, METHODS } from '../../domain/subject/subject.events';
import { type Instant, parseInstant, UnreadableTime } from '../../domain/time';
import { type DecisionRow, IMPORTED_FACTS } from './decision-rows';

export const DECISION_COLUMNS = [
  'externalId',
  'fact',
  'version',
  'policy',
  'locale',
  'contentSha256',
  'purposes',
  'method',
  'channel',
  'occurredAt',
] as const;
export const REQUIRED_COLUMNS = ['externalId', 'fact', 'occurredAt'] as const;

type Column = (typeof DECISION_COLUMNS)[number];

const cellInvalid = (column: string, why: string) =>
  new Refusal('IMPORT_CELL_INVALID', `${column}: ${why}`, 'I3', { path: [column] });
const notAnObject = () => new Refusal('IMPORT_LINE_INVALID', 'This line is no JSON object.', 'I3');

/** A record of CSV; an empty cell is absent. The refusal says what is wrong and never repeats a cell. */
export function rowOfColumns(record: Readonly<Record<string, string>>): DecisionRow | Refusal {
  const cells = Object.entries(record).filter(([, cell]) => cell !== '');
  const { purposes, ...values } = Object.fromEntries(cells);
  const named = purposes?.split(';').map((purpose) => purpose.trim());
  return rowOf({ ...values, ...(named && { purposes: named }) });
}

/** A line of JSON; null is absent. */
export function rowOfJson(line: string): DecisionRow | Refusal {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    return notAnObject();
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return notAnObject();
  const unknown = Object.keys(value).find((name) => !DECISION_COLUMNS.some((column) => column === name));
  if (unknown !== undefined) return cellInvalid(JSON.stringify(unknown.slice(0, 40)), 'there is no such field.');
  return rowOf(Object.fromEntries(Object.entries(value).filter(([, cell]) => cell !== null)));
}

function rowOf(cells: Readonly<Partial<Record<Column, unknown>>>): DecisionRow | Refusal {
  try {
    return {
      externalId: requiredText(cells, 'externalId'),
      fact: oneOf(IMPORTED_FACTS, 'fact', requiredText(cells, 'fact')),
      occurredAt: instantIn(requiredText(cells, 'occurredAt')),
      ...textIn(cells, 'version'),
      ...textIn(cells, 'policy'),
      ...textIn(cells, 'contentSha256'),
      ...localeIn(cells),
      ...purposesIn(cells),
      ...('method' in cells && { method: oneOf(METHODS, 'method', cells.method) }),
      ...('channel' in cells && { channel: oneOf(CHANNELS, 'channel', cells.channel) }),
    };
  } catch (error) {
    if (error instanceof Refusal) return error;
    throw error;
  }
}

function requiredText(cells: Readonly<Partial<Record<Column, unknown>>>, column: Column): string {
  const cell = cells[column];
  if (typeof cell !== 'string' || cell === '') throw cellInvalid(column, 'a text is needed here.');
  return cell;
}

function textIn<Name extends Column>(
  cells: Readonly<Partial<Record<Column, unknown>>>,
  column: Name,
): { readonly [Key in Name]?: string } {
  if (!(column in cells)) return {};
  const cell = cells[column];
  if (typeof cell !== 'string' || cell === '' || cell.length > MAX_NAME_LENGTH) {
    throw cellInvalid(column, `a text of 1 to ${MAX_NAME_LENGTH} characters is needed here.`);
  }
  return { [column]: cell } as { readonly [Key in Name]?: string };
}

function oneOf<Word extends string>(words: readonly Word[], column: Column, cell: unknown): Word {
  const word = words.find((each) => each === cell);
  if (word === undefined) throw cellInvalid(column, `one of ${words.join(', ')} is needed here.`);
  return word;
}

function localeIn(cells: Readonly<Partial<Record<Column, unknown>>>): Pick<DecisionRow, 'locale'> {
  const { locale } = textIn(cells, 'locale');
  if (locale === undefined) return {};
  try {
    const [canonical] = Intl.getCanonicalLocales(locale);
    return canonical === undefined ? {} : { locale: canonical };
  } catch {
    throw cellInvalid('locale', 'this is no language tag of BCP 47.');
  }
}

function purposesIn({ purposes }: Readonly<Partial<Record<Column, unknown>>>): Pick<DecisionRow, 'purposes'> {
  if (purposes === undefined) return {};
  const isList = Array.isArray(purposes) && purposes.every((each) => typeof each === 'string' && each !== '');
  if (!isList) throw cellInvalid('purposes', 'names of purposes are needed here.');
  if (purposes.length > MAX_PURPOSES) throw cellInvalid('purposes', `at most ${MAX_PURPOSES} are possible.`);
  return { purposes };
}

function instantIn(cell: string): Instant {
  try {
    return parseInstant(cell);
  } catch (error) {
    if (!(error instanceof UnreadableTime)) throw error;
    return unreadable(error);
  }
}

function unreadable({ code, message }: UnreadableTime): never {
  throw new Refusal(code, message, 'T2', { path: ['occurredAt'] });
}
