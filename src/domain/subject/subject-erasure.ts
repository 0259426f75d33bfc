import { notBefore } from './occurrence';
import type {
  DecideErasure,
  DeclineErasure,
  FinishErasure,
  LiftLegalHold,
  PlaceLegalHold,
  RequestErasure,
  StartErasure,
} from './subject.commands';
import type { SubjectEvent } from './subject.events';
import * as refuse from './subject.refusals';
import { holdStands, type Subject } from './subject.state';

/** Asking is not erasing: facts, holds and a decline may follow (rule E1). Asking twice is asking once. */
export function requestErasure({ at }: RequestErasure, state: Subject): readonly SubjectEvent[] {
  if (state.erasure !== 'NONE') return [];
  const { subjectId } = state;
  return [{ type: 'SubjectErasureRequested', data: { subjectId, requestedAt: notBefore(at, state) } }];
}

/** GDPR Art. 12(4): with the reason. */
export function declineErasure({ at, reason }: DeclineErasure, state: Subject): readonly SubjectEvent[] {
  if (state.erasure === 'NONE') throw refuse.erasureNotRequested();
  if (state.erasure === 'DECIDED') throw refuse.erasureAlreadyDecided();
  const { subjectId } = state;
  return [{ type: 'SubjectErasureDeclined', data: { subjectId, reason, declinedAt: notBefore(at, state) } }];
}

/** The decision; nobody need have asked. Under a hold it waits (rule E1). */
export function decideErasure({ at, reason }: DecideErasure, state: Subject): readonly SubjectEvent[] {
  if (state.erasure === 'DECIDED') return [];
  const { subjectId } = state;
  return [{ type: 'SubjectErasureDecided', data: { subjectId, reason, decidedAt: notBefore(at, state) } }];
}

/** A second hold takes the place of the first. */
export function placeLegalHold({ at, until, reason }: PlaceLegalHold, state: Subject): readonly SubjectEvent[] {
  const placedAt = notBefore(at, state);
  if (until !== undefined && until <= placedAt) throw refuse.holdUntilInPast();
  const { subjectId } = state;
  return [{ type: 'LegalHoldPlaced', data: { subjectId, ...(until && { until }), reason, placedAt } }];
}

export function liftLegalHold({ at, reason }: LiftLegalHold, state: Subject): readonly SubjectEvent[] {
  const liftedAt = notBefore(at, state);
  if (!holdStands(state, liftedAt)) throw refuse.noLegalHold();
  const { subjectId } = state;
  return [{ type: 'LegalHoldLifted', data: { subjectId, reason, liftedAt } }];
}

/** From here on only the outcome may follow (rule E1). An anonymous person follows the account that they are (D7). */
export function startErasure({ at }: StartErasure, state: Subject): readonly SubjectEvent[] {
  if (state.erasure === 'STARTED' || state.erasure === 'DONE') return [];
  const startedAt = notBefore(at, state);
  if (holdStands(state, startedAt)) throw refuse.legalHoldStands();
  if (state.erasure !== 'DECIDED' && state.linkedTo === undefined) throw refuse.erasureNotRequested();
  return [started(state, startedAt)];
}

/** What the vault has destroyed is gone, whatever the log knew of it (rule E2). */
export function finishErasure(command: FinishErasure, state: Subject): readonly SubjectEvent[] {
  if (state.erasure === 'DONE') return [];
  const { keyId, epoch, finalOn, at } = command;
  const erasedAt = notBefore(at, state);
  const { subjectId } = state;
  const outcome: SubjectEvent = { type: 'SubjectErased', data: { subjectId, keyId, epoch, finalOn, erasedAt } };
  return state.erasure === 'STARTED' ? [outcome] : [started(state, erasedAt), outcome];
}

function started({ subjectId, keyId }: Subject, startedAt: StartErasure['at']): SubjectEvent {
  return { type: 'SubjectErasureStarted', data: { subjectId, keyId, startedAt } };
}
