import { setImmediate as nextTurn } from 'node:timers/promises';
import { encodePosition } from '../application/position-text';
import { decodeText } from '../application/texts';
import type { ContentRef } from '../domain/policy/policy.events';
import { RULES_VERSION } from '../domain/rules-version';
import { IN_FORCE_REASON, REASON_SENTENCES } from '../domain/subject/reason-sentences';
import type { Instant } from '../domain/time';
import type { SubjectRow, SubjectsRange } from '../read-models/people';
import { countPopulation, type PopulationCounts } from '../read-models/population';
import type { Moment, OrganisationRow, ReadModels } from '../read-models/read-models';
import { personRows, type WhoItIs } from './person-rows';
import type { PersonalValues } from './personal-values';
import { type PolicyRows, policiesOf, policyRows } from './policy-rows';
import type { ReplayFile } from './replay-file';
import type { ReplayPlace } from './replay-place';

/** What a replay is written from. */
export interface ReplaySource {
  /** They know the place's prefix and nothing after it. */
  readonly readModels: ReadModels;
  readonly place: ReplayPlace;
  readonly logId: string;
  /** Absent: every organisation. */
  readonly only: OrganisationRow | undefined;
  /** Absent: what people are called stays out. */
  readonly personal: PersonalValues | undefined;
  readonly textOf: (organisationId: string, content: ContentRef) => Promise<Uint8Array>;
  readonly madeAt: Instant;
  readonly softwareVersion: string;
  readonly progress: ReplayProgress;
  /** Aborted: nothing more is written, and its reason is thrown. */
  readonly signal: AbortSignal;
}

export type ReplayPhase = 'events' | 'people' | 'texts' | 'policies';
export type ReplayProgress = (phase: ReplayPhase, done: number, total: number) => void;

export interface ReplayWritten {
  readonly organisations: number;
  readonly policies: number;
  readonly people: number;
}

/** People written before others, a signal say, get their turn. */
const PEOPLE_PER_TURN = 100;
const ORGANISATIONS_AT_ONCE = 200;

/**
 * Writes every row of a replay. One person is in memory at a time, whatever their number; policies are few.
 * @throws StoreUnavailable VaultUnavailable
 */
export async function writeReplay(source: ReplaySource, file: ReplayFile): Promise<ReplayWritten> {
  const { readModels, place, only, progress } = source;
  const policies = policyRows(readModels, place, file);
  writeReasons(file);
  writeStamp(source, file);
  const organisations = [...organisationsOf(source)];
  const counted: string[] = [];
  for (const { id } of organisations) {
    policies.organisation(id);
    for (const policy of policiesOf(readModels, id, place.prefix)) {
      policies.policy(policy.id);
      counted.push(policy.id);
    }
  }
  const people = await writePeople(source, organisations, policies, file);
  await writeBodies(source, policies, file);
  for (const [index, policy] of counted.entries()) {
    progress('policies', index, counted.length);
    await writeCounts(source, policy, policies, file);
  }
  progress('policies', counted.length, counted.length);
  await writePublishers(source, policies, file);
  return { organisations: only ? 1 : organisations.length, policies: counted.length, people };
}

function writeReasons(file: ReplayFile): void {
  file.insert('reason', { code: 'VERSION_IN_FORCE', ...IN_FORCE_REASON });
  for (const [code, { rule, nb, en }] of Object.entries(REASON_SENTENCES))
    file.insert('reason', { code, rule, nb, en });
}

function writeStamp({ place, logId, only, personal, madeAt, softwareVersion }: ReplaySource, file: ReplayFile): void {
  const { prefix, recordedAt, effectiveOn, settled } = place;
  file.insert('stamp', {
    log_id: logId,
    position: encodePosition(logId, prefix.position),
    effective_at: recordedAt,
    effective_on: effectiveOn,
    recorded_at: recordedAt,
    settled,
    rules: RULES_VERSION,
    events: prefix.n,
    organisation: only?.slug,
    personal_values: personal !== undefined,
    made_at: madeAt,
    software_version: softwareVersion,
  });
}

/** Those whose policies and people are written, as far as the prefix knows them. */
function* organisationsOf({ readModels, place, only }: ReplaySource): Generator<OrganisationRow> {
  if (only) {
    const row = readModels.organisationById(only.id, place.prefix);
    if (row) yield row;
    return;
  }
  let after: number | undefined;
  do {
    const range = { limit: ORGANISATIONS_AT_ONCE, ...(after !== undefined && { after }) };
    const page = readModels.organisationsPage(range, place.prefix);
    yield* page.rows;
    after = page.hasMore ? page.rows.at(-1)?.n : undefined;
  } while (after !== undefined);
}

async function writePeople(
  source: ReplaySource,
  organisations: readonly OrganisationRow[],
  policies: PolicyRows,
  file: ReplayFile,
): Promise<number> {
  const { readModels, place, only, personal, progress, signal } = source;
  const write = personRows(readModels, policies, file);
  const total = organisations.reduce((sum, { id }) => sum + readModels.subjectsCount(id, place.prefix), 0);
  let done = 0;
  for (const { id } of organisations) {
    const moment: Moment = { effectiveAt: place.effectiveAt(id), n: place.prefix.n };
    // A customer's officers read the facts of persons whose customer it is (rule O1).
    const ranges: SubjectsRange['of'][] = [{ organisation: id }, ...(only ? [{ customer: id }] : [])];
    for await (const rows of peopleOf(readModels, ranges, moment)) {
      signal.throwIfAborted();
      const who = await personal?.whoTheyAre(rows);
      for (const [index, row] of rows.entries()) {
        write(row, who?.[index] ?? LEFT_OUT, moment);
        await personal?.writeReasons(row);
      }
      done += rows.length;
      progress('people', done, Math.max(done, total));
    }
  }
  return done;
}

const LEFT_OUT: WhoItIs = { state: 'LEFT_OUT' };

async function* peopleOf(
  readModels: ReadModels,
  ranges: readonly SubjectsRange['of'][],
  at: Moment,
): AsyncGenerator<readonly SubjectRow[]> {
  for (const of of ranges) {
    let after: number | undefined;
    do {
      const range = { of, limit: PEOPLE_PER_TURN, ...(after !== undefined && { after }) };
      const page = readModels.subjectsPage(range, at);
      yield page.rows;
      after = page.next;
      await nextTurn();
    } while (after !== undefined);
  }
}

async function writeBodies(source: ReplaySource, policies: PolicyRows, file: ReplayFile): Promise<void> {
  const { textOf, progress, signal } = source;
  const missing = policies.missingBodies();
  for (const [index, { number, organisationId, content }] of missing.entries()) {
    signal.throwIfAborted();
    const body = await textOf(organisationId, content);
    const decoded = decodeText(body, content.charset);
    // UTF-8 is what the file itself decodes by: its text is kept once.
    file.setBody(number, body, Buffer.from(decoded, 'utf8').equals(body) ? undefined : decoded);
    progress('texts', index + 1, missing.length);
  }
}

async function writeCounts(source: ReplaySource, id: string, policies: PolicyRows, file: ReplayFile): Promise<void> {
  const { readModels, place, signal } = source;
  signal.throwIfAborted();
  const policy = readModels.policyFacts(id, place.prefix);
  if (!policy) return;
  const at = { effectiveAt: place.effectiveAt(policy.organisationId), n: place.prefix.n };
  const counts = await countPopulation(readModels, { policy }, at, place.prefix);
  for (const [index, row] of countRows(counts, policies).entries()) {
    file.insert('tally', { policy: policies.policy(id), place: index + 1, ...NOTHING_COUNTED, ...row });
  }
}

const NOTHING_COUNTED = {
  version: undefined,
  step: undefined,
  purpose: undefined,
  status: undefined,
  valid: undefined,
};

function countRows(counts: PopulationCounts, policies: PolicyRows) {
  return [
    { about: 'SUBJECTS', subjects: counts.subjects },
    { about: 'IN_BREACH', subjects: counts.inBreach },
    ...counts.notices.map(({ versionId, step, subjects }) => {
      return { about: 'NOTICE', version: policies.version(versionId), step, subjects };
    }),
    ...counts.acceptances.map(({ versionId, subjects }) => {
      return { about: 'ACCEPTANCE', version: policies.version(versionId), subjects };
    }),
    ...counts.consents.map((count) => ({ about: 'CONSENT', ...count })),
  ];
}

async function writePublishers({ personal }: ReplaySource, policies: PolicyRows, file: ReplayFile): Promise<void> {
  if (!personal) return;
  for (const [actor, versions] of policies.publishers()) file.setPublishedBy(versions, await personal.nameOf(actor));
}
