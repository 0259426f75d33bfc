import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import type { Application, RequestContext } from './application/application';
import { carryOutErasures } from './application/erasures';
import { type LoggedSubject, type Reconciled, reconcileVault } from './application/reconcile-vault';
import { removeExpiredRecords } from './application/retention';
import { mendLinks } from './application/subject-links';
import { countUnregistered } from './application/unregistered-people';
import { epochMsOf, type Instant, instantAt } from './domain/time';
import type { EvidenceDesk } from './evidence/evidence-desk';
import { type Job, type JobReport, type JobRounds, startJobRounds } from './job-rounds';
import type { ErasureDue } from './read-models/people';
import type { ProjectionRunner } from './read-models/projection-runner';
import type { ReadModels } from './read-models/read-models';
import type { Records } from './records/records';
import { EPOCH_TENDING_MS } from './vault/erasure-finality';
import { tendEpochs } from './vault/tend-epochs';

interface JobParts {
  readonly app: Application;
  readonly readModels: ReadModels;
  readonly records: Records;
  readonly evidence: Pick<EvidenceDesk, 'removeExpired'>;
  /** Says when something was applied. */
  readonly progress: Pick<ProjectionRunner, 'onApplied'>;
  readonly nowMs: () => number;
  readonly log: Pick<Logger, 'info' | 'warn'>;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const DAY_MS = 24 * HOUR_MS;
/** What another node began and left is found within this time; a hold that ends is acted on at once (rule E1). */
const ERASURES_EVERY_MS = 5 * MINUTE_MS;
/** After something was applied: looking at who waits for a hold costs the more the more they are. */
const LOOK_AGAIN_MS = 1_000;
const FILES_EVERY_MS = 10 * MINUTE_MS;
/** Most erasures that one run looks at, and most links. What is left is for the next run. */
const MAX_ERASURES_A_RUN = 10_000;
const MAX_LINKS_A_RUN = 10_000;
const ROWS_AT_ONCE = 100;
const PEOPLE_AT_ONCE = 500;

/** What every node does by itself while it runs. Several nodes may do it at once: each step is done once in the log. */
export function startNodeJobs(parts: JobParts): JobRounds {
  const rounds = startJobRounds(nodeJobs(parts), parts.log);
  let looking: NodeJS.Timeout | undefined;
  const look = () => {
    looking = undefined;
    rounds.reconsider();
  };
  // Something applied may be an erasure that waits for a hold, or another hold.
  const stopListening = parts.progress.onApplied(() => {
    looking ??= setTimeout(look, LOOK_AGAIN_MS).unref();
  });
  return {
    ...rounds,
    close: async () => {
      stopListening();
      clearTimeout(looking);
      await rounds.close();
    },
  };
}

function nodeJobs(parts: JobParts): readonly Job[] {
  const { app, evidence, nowMs } = parts;
  const mend = mendingLinks(parts);
  let looked = instantAt(nowMs());
  return [
    {
      name: 'erasures',
      everyMs: ERASURES_EVERY_MS,
      run: (signal) => {
        looked = instantAt(nowMs());
        return carryOutDue(parts, signal);
      },
      wantedInMs: () => holdEndsInMs(parts, looked),
    },
    { name: 'links', everyMs: HOUR_MS, run: mend },
    { name: 'retention', everyMs: HOUR_MS, run: (signal) => removeOldRecords(parts, signal) },
    {
      name: 'prepared-files',
      everyMs: FILES_EVERY_MS,
      run: async () => reportUnlessZero({ expired: await evidence.removeExpired() }),
    },
    {
      name: 'vault-epochs',
      everyMs: EPOCH_TENDING_MS,
      run: async () => {
        const { begun, rewrapped, destroyed } = await tendEpochs(app.vault, nowMs());
        if (begun === undefined && rewrapped === 0 && destroyed.length === 0) return undefined;
        return { ...(begun !== undefined && { begun }), rewrapped, destroyed };
      },
    },
    { name: 'unregistered-people', everyMs: DAY_MS, run: (signal) => tellOfUnregistered(parts, signal) },
  ];
}

/** Of people who are in the vault alone: the log may have lost what registered them. */
async function tellOfUnregistered({ app, readModels, log }: JobParts, signal: AbortSignal): Promise<undefined> {
  const isApplied = (id: string) => readModels.subjectById(id, readModels.applied()) !== undefined;
  const people = await countUnregistered(app, isApplied, signal);
  if (people > 0)
    log.warn({ people }, 'The vault knows people whom the log never registered; the log may have lost them.');
}

/**
 * Makes log and vault agree about who is erased; done before a node serves anybody (rule E2).
 *
 * @throws VaultLacksSubjects the vault at hand is not the one that knew these people: the node must not start
 */
export async function reconcileAtStart({ app, readModels }: Pick<JobParts, 'app' | 'readModels'>): Promise<Reconciled> {
  return reconcileVault(app, await requestOfNode(app), everybody(readModels));
}

async function* everybody(readModels: ReadModels): AsyncGenerator<LoggedSubject> {
  const prefix = readModels.applied();
  const at = { effectiveAt: instantAt(prefix.clockMs), n: prefix.n };
  for (const organisation of everyOrganisation(readModels)) {
    let after: number | undefined;
    do {
      const range = { of: { organisation }, limit: PEOPLE_AT_ONCE, ...(after !== undefined && { after }) };
      const { rows, next } = readModels.subjectsPage(range, at);
      for (const { id, erasedAt } of rows) yield { id, erased: erasedAt !== undefined };
      after = next;
      await nextTurn();
    } while (after !== undefined);
  }
}

/** Goes on with erasures that were begun, and begins those that no hold keeps waiting any more (rule E1). */
async function carryOutDue(
  { app, readModels, nowMs, log }: JobParts,
  signal: AbortSignal,
): Promise<JobReport | undefined> {
  const request = await requestOfNode(app);
  const count = { done: 0, waiting: 0, failed: 0 };
  let after: number | undefined;
  for (let seen = 0; seen < MAX_ERASURES_A_RUN; ) {
    const range = { limit: ROWS_AT_ONCE, ...(after !== undefined && { after }) };
    const { rows, hasMore } = readModels.erasuresDue(range, readModels.applied());
    for (const due of rows) {
      if (signal.aborted) return reportUnlessZero(count);
      if (isHeld(due, nowMs())) {
        count.waiting += 1;
        continue;
      }
      try {
        const { done, waiting } = await carryOutErasures(app, request, [due.subject]);
        count.done += done.length;
        count.waiting += waiting;
      } catch (error) {
        // One person's erasure must not keep the others' waiting.
        count.failed += 1;
        log.warn({ job: 'erasures', err: error }, 'An erasure failed; it is tried again');
      }
    }
    seen += rows.length;
    after = rows.at(-1)?.n;
    if (!hasMore || after === undefined) break;
  }
  return count.done + count.failed === 0 ? undefined : count;
}

/** Until the first hold ends, or ended since somebody looked, that keeps a decided erasure waiting. */
function holdEndsInMs({ readModels, nowMs }: JobParts, looked: Instant): number | undefined {
  const until = readModels.nextHoldEnd(looked, readModels.applied());
  return until === undefined ? undefined : epochMsOf(until) - nowMs();
}

function isHeld({ started, hold }: ErasureDue, nowMs: number): boolean {
  return !started && hold !== undefined && (hold.until === undefined || epochMsOf(hold.until) > nowMs);
}

/**
 * Mirrors links in the accounts where a node stopped between the two (rule D7). A node looks at every link of the log
 * once after its start, and later at those that came since.
 */
function mendingLinks({ app, readModels, log }: JobParts): Job['run'] {
  const seen = new Map<string, number>();
  // One that cannot be mirrored must not keep the others' waiting; it is tried again after the next start.
  const tell = (error: unknown) => log.warn({ job: 'links', err: error }, 'A link could not be mirrored');
  return async (signal) => {
    const request = await requestOfNode(app);
    let left = MAX_LINKS_A_RUN;
    for (const organisation of everyOrganisation(readModels)) {
      for (let more = true; more && left > 0; ) {
        if (signal.aborted) return undefined;
        const range = {
          organisation,
          types: ['SubjectLinked'],
          after: seen.get(organisation) ?? 0,
          limit: ROWS_AT_ONCE,
        };
        const { rows, hasMore } = readModels.factsPage(range, readModels.applied());
        for (const { subject } of rows) {
          if (subject !== undefined) await mendLinks(app, request, [subject]).catch(tell);
        }
        seen.set(organisation, rows.at(-1)?.n ?? range.after);
        left -= rows.length;
        more = hasMore;
      }
    }
    return undefined;
  };
}

async function removeOldRecords(
  { app, readModels, records }: JobParts,
  signal: AbortSignal,
): Promise<JobReport | undefined> {
  const request = await requestOfNode(app);
  const count = { logins: 0, deliveries: 0 };
  for (const organisation of everyOrganisation(readModels)) {
    if (signal.aborted) break;
    const { logins, deliveries } = await removeExpiredRecords(app, request, records, organisation);
    count.logins += logins;
    count.deliveries += deliveries;
    await nextTurn();
  }
  return reportUnlessZero(count);
}

function* everyOrganisation(readModels: ReadModels): Generator<string> {
  const prefix = readModels.applied();
  for (let after: number | undefined; ; ) {
    const range = { limit: ROWS_AT_ONCE, ...(after !== undefined && { after }) };
    const { rows, hasMore } = readModels.organisationsPage(range, prefix);
    for (const { id } of rows) yield id;
    after = rows.at(-1)?.n;
    if (!hasMore || after === undefined) return;
  }
}

/** What a node does by itself stands under an actor of its own in the log. */
async function requestOfNode({ vault }: Application): Promise<RequestContext> {
  return { actor: await vault.actorOf(NODE), correlationId: randomUUID() };
}

/** No token has this issuer. */
const NODE = { issuer: 'samtykke:node', claim: 'job', name: 'Samtykke' } as const;

function reportUnlessZero(count: Readonly<Record<string, number>>): JobReport | undefined {
  return Object.values(count).some((number) => number > 0) ? count : undefined;
}
