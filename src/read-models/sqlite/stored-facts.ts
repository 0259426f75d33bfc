import { DECISION, LAYER } from '../../../projections/consent-decisions';
import { ACCEPTANCE, STEP } from '../../../projections/notices';
import type {
  AcceptanceFact,
  ConsentDecision,
  ConsentDeferral,
  NoticeFact,
  OnText,
  Placed,
  ProcessingLayer,
} from '../../domain/subject/person-facts';
import type { Channel, Method } from '../../domain/subject/subject.events';
import { instantAt } from '../../domain/time';
import type { NumberedNames } from './numbered-names';

/** What every row of facts of people has. */
export interface StoredFact {
  readonly valid_from: number;
  readonly place: number;
  readonly occurred_at: number;
}

export interface StoredDecision extends StoredFact {
  readonly kind: number;
  readonly text: number | null;
  readonly expires_at: number | null;
}

export interface StoredDeferral extends StoredFact {
  readonly text: number;
}

export interface StoredLayer extends StoredFact {
  readonly kind: number;
}

export interface StoredNotice extends StoredFact {
  readonly step: number;
  readonly version: number;
  readonly channel: Channel;
  readonly method: Method | null;
}

export interface StoredAcceptance extends StoredFact {
  readonly kind: number;
  readonly text: number;
}

/**
 * Rows of what people decided as facts. Every property is written out: an object that others are spread into is four
 * times as large.
 */
export function decisionFacts(names: NumberedNames) {
  const textOf = names.named<OnText>('texts', 'version AS versionId', 'locale', 'sha256 AS contentSha256');
  return {
    decision: (row: StoredDecision): ConsentDecision => {
      const { place: order, kind, text, expires_at } = row;
      const { validFrom, occurredAt } = timesOf(row);
      if (kind === DECISION.WITHDRAWN || text === null) return { order, validFrom, occurredAt, kind: 'WITHDRAWN' };
      const { versionId, locale, contentSha256 } = textOf(text);
      if (kind === DECISION.REFUSED) {
        return { order, validFrom, occurredAt, versionId, locale, contentSha256, kind: 'REFUSED' };
      }
      const expiresAt = expires_at === null ? undefined : instantAt(expires_at);
      return { order, validFrom, occurredAt, versionId, locale, contentSha256, kind: 'GIVEN', expiresAt };
    },
    deferral: (row: StoredDeferral): ConsentDeferral => {
      const { versionId, locale, contentSha256 } = textOf(row.text);
      const { validFrom, occurredAt } = timesOf(row);
      return { order: row.place, validFrom, occurredAt, versionId, locale, contentSha256 };
    },
    layer: (row: StoredLayer): ProcessingLayer => {
      const { validFrom, occurredAt } = timesOf(row);
      return { order: row.place, validFrom, occurredAt, kind: wordAt(LAYERS, row.kind) };
    },
  };
}

/** Rows of what people were told, and of the terms they accepted, as facts. */
export function noticeFacts(names: NumberedNames) {
  const versionOf = names.named<{ readonly versionId: string }>('versions', 'version AS versionId');
  const textOf = names.named<OnText>('texts', 'version AS versionId', 'locale', 'sha256 AS contentSha256');
  return {
    notice: (row: StoredNotice): NoticeFact => {
      const { place: order, channel, method } = row;
      const { validFrom, occurredAt } = timesOf(row);
      const { versionId } = versionOf(row.version);
      const step = wordAt(STEPS, row.step);
      return { order, validFrom, occurredAt, step, versionId, channel, method: method ?? undefined };
    },
    acceptance: (row: StoredAcceptance): AcceptanceFact => {
      const { versionId, locale, contentSha256 } = textOf(row.text);
      const { validFrom, occurredAt } = timesOf(row);
      const kind = wordAt(ACCEPTANCES, row.kind);
      return { order: row.place, validFrom, occurredAt, versionId, locale, contentSha256, kind };
    },
  };
}

function timesOf({ valid_from, occurred_at }: StoredFact): Omit<Placed, 'order'> {
  const validFrom = instantAt(valid_from);
  return { validFrom, occurredAt: occurred_at === valid_from ? validFrom : instantAt(occurred_at) };
}

const LAYERS = wordsOf(LAYER);
const STEPS = wordsOf(STEP);
const ACCEPTANCES = wordsOf(ACCEPTANCE);

/** The words that stand in tables as numbers. */
function wordsOf<Word extends string>(numbers: { readonly [word in Word]: number }): readonly Word[] {
  const words = Object.keys(numbers) as Word[];
  return words.sort((a, b) => numbers[a] - numbers[b]);
}

function wordAt<Word extends string>(words: readonly Word[], number: number): Word {
  const word = words[number];
  if (word === undefined) throw new Error('A table holds a number that stands for no word.');
  return word;
}
