import type { Instant } from '../time';
import { assertClearAct } from './clear-act';
import { type CorrectedFields, factAt, type KeptFact } from './fact-entries';
import { givenPurpose, purposesOnConsent } from './named-purposes';
import { notBefore } from './occurrence';
import { assertText, offeredVersion, publishedVersion } from './offered-version';
import type { CorrectFact } from './subject.commands';
import type { GivenPurpose, SubjectEvent } from './subject.events';
import * as refuse from './subject.refusals';
import { profileAt, type Subject } from './subject.state';

/**
 * Puts a corrected fact in the place of one that was recorded wrongly, or nothing (rule D6). The event says all that
 * differs from the original, what earlier corrections set included, so that the last one alone tells how it stands.
 */
export function correctFact(command: CorrectFact, state: Subject): readonly SubjectEvent[] {
  const { corrects, reason, at } = command;
  const found = factAt(state.facts, corrects);
  if (!found) throw refuse.correctsNoFact();
  const asked = askedFields(command);
  const isEmpty = Object.keys(asked).length === 0;
  // Naming nothing but an earlier `void` takes that back.
  if (isEmpty && !command.void && !found.correction?.void) throw refuse.correctionEmpty();
  if (!isEmpty && command.void) throw refuse.correctionContradictory();
  const fields = { ...found.correction?.changes, ...asked };
  const changes = command.void ? {} : corrected(command, found.fact, fields, state);
  const { subjectId } = state;
  const correctedAt = notBefore(at, state);
  return [
    { type: 'FactCorrected', data: { subjectId, corrects, void: command.void, ...changes, reason, correctedAt } },
  ];
}

function askedFields({ occurredAt, channel, method, locale, contentSha256 }: CorrectFact): CorrectedFields {
  return {
    ...(occurredAt && { occurredAt }),
    ...(channel && { channel }),
    ...(method && { method }),
    ...(locale && { locale }),
    ...(contentSha256 && { contentSha256 }),
  };
}

/** C1 and C2 anew, for the fact as it stands corrected. */
function corrected(command: CorrectFact, fact: KeptFact, fields: CorrectedFields, state: Subject): CorrectedFields {
  assertOwnFields(fact, fields);
  // Nothing occurs after it was told: else a correction could carry a yes past the withdrawal that came after it (S5).
  if (command.occurredAt && command.occurredAt > fact.notedAt) throw refuse.occurredInFuture();
  assertClearAct(fact.type, fields.method);
  const purposes = onItsVersion(command, fact, fields, state);
  return { ...fields, ...(purposes && fields.occurredAt && { purposes }) };
}

/** Which of the fields a fact of this kind has. */
function assertOwnFields(fact: KeptFact, fields: CorrectedFields): void {
  const { type, versionId, channel } = fact;
  if (fields.channel && channel === undefined) throw refuse.correctionNotOfFact('channel');
  const onText = versionId !== undefined && type !== 'NoticeDeferred';
  for (const field of ['method', 'locale', 'contentSha256'] as const) {
    if (fields[field] && !onText) throw refuse.correctionNotOfFact(field);
  }
}

/** The purposes of a yes with when each expires, reckoned from the corrected time (rule D4). */
function onItsVersion(
  { on }: CorrectFact,
  { type, versionId, validFrom, purposes }: KeptFact,
  fields: CorrectedFields,
  state: Subject,
): readonly GivenPurpose[] | undefined {
  if (versionId === undefined) return undefined;
  if (!on) throw new Error('A fact on a version was corrected without its policy.');
  const from: Instant = fields.occurredAt ?? validFrom;
  const find = type === 'NoticeNotified' || type === 'NoticeShown' ? publishedVersion : offeredVersion;
  const version = find(on, versionId, state, from);
  const { locale, contentSha256 } = fields;
  if (locale || contentSha256) assertText(version, locale ?? '', contentSha256 ?? '');
  if (type !== 'ConsentGiven' && type !== 'ConsentRefused' && type !== 'ConsentDeferred') return undefined;
  const named = purposesOnConsent(version, purposes, profileAt(state, from).categories);
  return type === 'ConsentGiven' ? named.map((purpose) => givenPurpose(purpose, from, on.zone)) : undefined;
}
