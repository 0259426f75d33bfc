import type Database from 'better-sqlite3';
import { notices } from '../../../projections/notices';
import { epochMsOf } from '../../domain/time';
import type { FactsAsked } from './fact-walk';
import type { StoredNotice } from './stored-facts';
import { tableName } from './table-names';

/** What a person was told of a policy, latest first, by (validFrom, place). */
export interface NoticeWalk {
  all(asked: FactsAsked): readonly StoredNotice[];
  /** The first and the last of each version and step. */
  ends(asked: FactsAsked): readonly StoredNotice[];
}

/** Up to so many rows are read as they are; where there are more, the ends are sought one by one. */
const FEW_ROWS = 64;

export function noticeWalk(database: Database.Database): NoticeWalk {
  const table = tableName(notices, 'notices');
  const columns = 'valid_from, place, occurred_at, step, version, channel, method';
  const known = 'valid_from <= ? AND k_from <= ? AND (k_to IS NULL OR k_to > ?)';
  const every = database.prepare<number[], StoredNotice>(
    `SELECT ${columns} FROM ${table} WHERE subject = ? AND policy = ? AND ${known}
     ORDER BY valid_from DESC, place DESC`,
  );
  const beyondFew = database
    .prepare<[number, number], number>(
      `SELECT 1 FROM ${table} WHERE subject = ? AND policy = ? LIMIT 1 OFFSET ${FEW_ROWS}`,
    )
    .pluck();
  const nextPair = database.prepare<number[], Pick<StoredNotice, 'version' | 'step'>>(
    `SELECT version, step FROM ${table} WHERE subject = ? AND policy = ? AND (version, step) > (?, ?)
     ORDER BY version, step LIMIT 1`,
  );
  const end = (way: 'ASC' | 'DESC') =>
    database.prepare<number[], StoredNotice>(
      `SELECT ${columns} FROM ${table} WHERE subject = ? AND policy = ? AND version = ? AND step = ? AND ${known}
       ORDER BY valid_from ${way}, place ${way} LIMIT 1`,
    );
  const first = end('ASC');
  const last = end('DESC');

  function all({ person, about, at, n }: FactsAsked): readonly StoredNotice[] {
    return person === undefined || about === undefined ? [] : every.all(person, about, epochMsOf(at), n, n);
  }

  /** By seeks alone, however many records there are. */
  function soughtEnds(person: number, about: number, t: number, n: number): readonly StoredNotice[] {
    const found: StoredNotice[] = [];
    let pair = nextPair.get(person, about, 0, 0);
    while (pair) {
      const { version, step } = pair;
      const earliest = first.get(person, about, version, step, t, n, n);
      const latest = earliest && last.get(person, about, version, step, t, n, n);
      if (earliest) found.push(earliest);
      if (latest && latest.place !== earliest.place) found.push(latest);
      pair = nextPair.get(person, about, version, step);
    }
    return found.sort((a, b) => b.valid_from - a.valid_from || b.place - a.place);
  }

  return {
    all,
    ends: (asked) => {
      const { person, about, at, n } = asked;
      if (person === undefined || about === undefined) return [];
      return beyondFew.get(person, about) === undefined
        ? endsOf(all(asked))
        : soughtEnds(person, about, epochMsOf(at), n);
    },
  };
}

function endsOf(rows: readonly StoredNotice[]): readonly StoredNotice[] {
  const name = ({ version, step }: StoredNotice) => `${version} ${step}`;
  const latest = new Map(rows.toReversed().map((row) => [name(row), row]));
  const earliest = new Map(rows.map((row) => [name(row), row]));
  return rows.filter((row) => latest.get(name(row)) === row || earliest.get(name(row)) === row);
}
