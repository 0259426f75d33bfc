import type { SubjectCommand } from '../domain/subject/subject.commands';
import type { Instant } from '../domain/time';
import type { Application, RequestContext, Written } from './application';
import { carryOutErasure } from './erasure-outcomes';
import type { Handled } from './handle-command';
import { commandPerson, type PersonRequest, personOf } from './persons';
import { assertReason } from './written-reasons';

/** `reason` in clear: it is sealed before it is recorded (rule E4). */
export interface WithReason {
  readonly subjectId: string;
  readonly reason: string;
}

/** Asks for an erasure; nothing is erased by that (rule E1). @throws Refusal NotFound */
export async function requestErasure(
  app: Application,
  request: RequestContext,
  input: { readonly subjectId: string },
): Promise<Written> {
  const { subjectId } = input;
  const asked = { subjectId, operation: 'subjectErasureRequest', input, under: 'organisation' } as const;
  const { position } = await commandPerson(app, request, asked, () => ({ type: 'RequestErasure', at: app.now() }));
  return { id: subjectId, position };
}

/** Answers a request with no, and why (GDPR Art. 12(4)). @throws Refusal NotFound */
export async function declineErasure(app: Application, request: RequestContext, input: WithReason): Promise<Written> {
  const { position } = await withReason(app, request, input, 'subjectErasureDecline', (reason) => ({
    type: 'DeclineErasure',
    at: app.now(),
    reason: reason('SubjectErasureDeclined'),
  }));
  return { id: input.subjectId, position };
}

/**
 * Decides that a person is erased (GDPR Art. 17), and carries it out unless a hold makes it wait (rules E1, E2). The
 * answer holds where the outcome stands if it was carried out at once, else where the decision does.
 *
 * @throws Refusal NotFound
 */
export async function eraseSubject(app: Application, request: RequestContext, input: WithReason): Promise<Written> {
  const { subjectId } = input;
  const decided = await withReason(app, request, input, 'subjectErase', (reason) => ({
    type: 'DecideErasure',
    at: app.now(),
    reason: reason('SubjectErasureDecided'),
  }));
  const outcome = await carryOutErasure(app, request, subjectId);
  return { id: subjectId, position: outcome ?? decided.position };
}

/** Keeps a person from being erased until it is lifted or its time has come (GDPR Art. 17(3)). @throws Refusal NotFound */
export async function placeLegalHold(
  app: Application,
  request: RequestContext,
  input: WithReason & { readonly until?: Instant },
): Promise<Written> {
  const { until } = input;
  const { position } = await withReason(app, request, input, 'legalHoldPlace', (reason) => ({
    type: 'PlaceLegalHold',
    at: app.now(),
    ...(until && { until }),
    reason: reason('LegalHoldPlaced'),
  }));
  return { id: input.subjectId, position };
}

/** Ends the hold; an erasure that waited for it is carried out, and answered where it stands (rule E1). @throws Refusal NotFound */
export async function liftLegalHold(app: Application, request: RequestContext, input: WithReason): Promise<Written> {
  const { subjectId } = input;
  const { position } = await withReason(app, request, input, 'legalHoldLift', (reason) => ({
    type: 'LiftLegalHold',
    at: app.now(),
    reason: reason('LegalHoldLifted'),
  }));
  const { linkedTo } = await personOf(app, subjectId);
  const outcome = await carryOutErasure(app, request, linkedTo ?? subjectId);
  return { id: subjectId, position: outcome ?? position };
}

type SealedFor = (type: string) => string;

function withReason(
  app: Application,
  request: RequestContext,
  input: WithReason,
  operation: string,
  command: (reason: SealedFor) => SubjectCommand,
): Promise<Handled> {
  const { subjectId, reason } = input;
  assertReason(reason);
  const asked: PersonRequest = { subjectId, operation, input, under: 'organisation' };
  return commandPerson(app, request, asked, (_, seal) => command((type) => seal(type, 'reason', reason)));
}

export interface ErasuresCarriedOut {
  readonly done: readonly string[];
  /** Held, or not decided on at all. */
  readonly waiting: number;
}

/**
 * Goes on with what was begun and carries out what was decided and is held no more: at every start, and from time to
 * time for holds whose time has come (rule E1). What was only asked for is left alone.
 *
 * @param candidates ids of persons whose erasure was decided or begun
 */
export async function carryOutErasures(
  app: Application,
  request: RequestContext,
  candidates: Iterable<string> | AsyncIterable<string>,
): Promise<ErasuresCarriedOut> {
  const done: string[] = [];
  let waiting = 0;
  for await (const subjectId of candidates) {
    if (await carryOutErasure(app, request, subjectId)) done.push(subjectId);
    else waiting += 1;
  }
  return { done, waiting };
}
