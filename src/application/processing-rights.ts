import type { ExerciseRight } from '../domain/subject/subject.commands';
import type { Application, RequestContext } from './application';
import { type FactWritten, factWritten } from './late-warnings';
import { type OnVersionOf, sent } from './notices';
import { commandPerson, policyFor } from './persons';
import { assertReason } from './written-reasons';

/** `reason` in clear: it is sealed before it is recorded (rule E4). */
export type ProcessingRight = Omit<OnVersionOf<ExerciseRight>, 'right'>;

type UseCase = (app: Application, request: RequestContext, input: ProcessingRight) => Promise<FactWritten>;

/** GDPR Art. 21. @throws Refusal NotFound */
export const objectToProcessing: UseCase = (app, request, input) =>
  exercise(app, request, input, { operation: 'processingObject', right: 'OBJECT', type: 'ProcessingObjected' });

/** @throws Refusal NotFound */
export const liftObjection: UseCase = (app, request, input) =>
  exercise(app, request, input, {
    operation: 'processingObjectionLift',
    right: 'LIFT_OBJECTION',
    type: 'ProcessingObjectionLifted',
  });

/** GDPR Art. 18. @throws Refusal NotFound */
export const restrictProcessing: UseCase = (app, request, input) =>
  exercise(app, request, input, { operation: 'processingRestrict', right: 'RESTRICT', type: 'ProcessingRestricted' });

/** @throws Refusal NotFound */
export const liftRestriction: UseCase = (app, request, input) =>
  exercise(app, request, input, {
    operation: 'processingRestrictionLift',
    right: 'LIFT_RESTRICTION',
    type: 'ProcessingRestrictionLifted',
  });

interface Exercise {
  readonly operation: string;
  readonly right: ExerciseRight['right'];
  /** Of the event: what the sealed reason is bound to. */
  readonly type: string;
}

async function exercise(
  app: Application,
  request: RequestContext,
  input: ProcessingRight,
  { operation, right, type }: Exercise,
): Promise<FactWritten> {
  const { subjectId, policyId, reason, ...named } = input;
  if (reason !== undefined) assertReason(reason);
  const handled = await commandPerson(app, request, { subjectId, operation, input }, async (person, seal) => ({
    type: 'ExerciseRight',
    right,
    ...named,
    ...sent(app, request),
    ...(await policyFor(app, person, policyId)),
    ...(reason !== undefined && { reason: seal(type, 'reason', reason) }),
  }));
  return factWritten(app, subjectId, handled, input.occurredAt);
}
