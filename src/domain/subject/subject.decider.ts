import type { Decider } from '../decider';
import { epochMsOf, type Instant, instantAt } from '../time';
import { correctFact } from './fact-correction';
import { notBefore } from './occurrence';
import {
  decideOnConsent,
  decideOnTerms,
  deferNotice,
  exerciseRight,
  recordNotice,
  withdrawConsent,
} from './person-decisions';
import type { LinkSubject, ReceiveLink, RegisterSubject, SubjectCommand } from './subject.commands';
import type { SubjectEvent } from './subject.events';
import * as refuse from './subject.refusals';
import { evolveSubject, isErased, noSubject, type Subject, type SubjectState } from './subject.state';
import {
  decideErasure,
  declineErasure,
  finishErasure,
  liftLegalHold,
  placeLegalHold,
  requestErasure,
  startErasure,
} from './subject-erasure';
import { assertClassifies, classifySubject, registerSubject, registration } from './subject-profile';

/** The rules of writing about one person (rules C1 to C5, S5, D4 to D7, E1, E2). */
export const subjectDecider: Decider<SubjectState, SubjectCommand, SubjectEvent> = {
  initialState: noSubject,
  evolve: evolveSubject,
  decide,
};

function decide(command: SubjectCommand, state: SubjectState): readonly SubjectEvent[] {
  if (state.status === 'absent') {
    if (command.type === 'RegisterSubject') return registerSubject(command);
    throw new Error(`${command.type} was sent to a person who does not exist.`);
  }
  if (command.type === 'FinishErasure') return finishErasure(command, state);
  if (command.type === 'StartErasure') return startErasure(command, state);
  if (isErased(state)) throw refuse.subjectErased();
  return decideLiving(command, state);
}

function decideLiving(
  command: Exclude<SubjectCommand, { type: 'FinishErasure' | 'StartErasure' }>,
  state: Subject,
): readonly SubjectEvent[] {
  switch (command.type) {
    case 'LinkSubject':
      return linkSubject(command, state);
    case 'ReceiveLink':
      return receiveLink(command, state);
    case 'RevokeTokens':
      return [
        { type: 'SubjectTokensRevoked', data: { subjectId: state.subjectId, revokedAt: revokedAt(command.at, state) } },
      ];
    case 'CorrectFact':
      return correctFact(command, state);
    case 'LiftLegalHold':
      return liftLegalHold(command, state);
    case 'RegisterSubject':
    case 'ClassifySubject':
    case 'RecordNotice':
    case 'DeferNotice':
    case 'DecideOnTerms':
    case 'DecideOnConsent':
    case 'WithdrawConsent':
    case 'ExerciseRight':
    case 'RequestErasure':
    case 'DeclineErasure':
    case 'DecideErasure':
    case 'PlaceLegalHold':
      if (state.linkedTo !== undefined) throw refuse.subjectLinked();
      return decideForOneself(command, state);
  }
}

/** What an anonymous person can no longer do once they are an account (rule D7). */
function decideForOneself(
  command: Exclude<
    SubjectCommand,
    {
      type:
        | 'FinishErasure'
        | 'StartErasure'
        | 'LinkSubject'
        | 'ReceiveLink'
        | 'RevokeTokens'
        | 'CorrectFact'
        | 'LiftLegalHold';
    }
  >,
  state: Subject,
): readonly SubjectEvent[] {
  switch (command.type) {
    case 'RegisterSubject':
      return registerAgain(command, state);
    case 'ClassifySubject':
      assertClassifies(command);
      return classifySubject(command, state);
    case 'RecordNotice':
      return recordNotice(command, state);
    case 'DeferNotice':
      return deferNotice(command, state);
    case 'DecideOnTerms':
      return decideOnTerms(command, state);
    case 'DecideOnConsent':
      return decideOnConsent(command, state);
    case 'WithdrawConsent':
      return withdrawConsent(command, state);
    case 'ExerciseRight':
      return exerciseRight(command, state);
    case 'RequestErasure':
      return requestErasure(command, state);
    case 'DeclineErasure':
      return declineErasure(command, state);
    case 'DecideErasure':
      return decideErasure(command, state);
    case 'PlaceLegalHold':
      return placeLegalHold(command, state);
  }
}

function registerAgain(command: RegisterSubject, state: Subject): readonly SubjectEvent[] {
  registration(command);
  const { at, categories, customer, exempt } = command;
  return classifySubject(
    {
      at,
      ...(categories && { categories }),
      ...(customer !== undefined && { customer }),
      ...(exempt !== undefined && { exempt }),
    },
    state,
  );
}

/** Binds once (rule D7). */
function linkSubject({ account, at }: LinkSubject, state: Subject): readonly SubjectEvent[] {
  if (!state.anonymous) throw refuse.notAnonymous();
  if (state.linkedTo === account.id) return [];
  if (state.linkedTo !== undefined) throw refuse.alreadyLinked();
  if (account.anonymous) throw refuse.accountAnonymous();
  if (account.erased) throw refuse.accountErased();
  const { subjectId } = state;
  return [{ type: 'SubjectLinked', data: { subjectId, accountId: account.id, linkedAt: notBefore(at, state) } }];
}

/**
 * Each revocation has an instant of its own, also where the log's clock stands still because it is ahead: a token made
 * between two of them knows the first one only.
 */
function revokedAt(at: Instant, state: Subject): Instant {
  const now = notBefore(at, state);
  const { tokensRevokedAt: last } = state;
  return last === undefined || now > last ? now : instantAt(epochMsOf(last) + 1);
}

function receiveLink({ anonymousId, linkedAt }: ReceiveLink, state: Subject): readonly SubjectEvent[] {
  if (state.linked.includes(anonymousId)) return [];
  return [{ type: 'SubjectLinkReceived', data: { subjectId: state.subjectId, anonymousId, linkedAt } }];
}
