import { Refusal } from '../../src/domain/refusal';
import type {
  DecideOnConsent,
  DecideOnTerms,
  RecordNotice,
  RegisterSubject,
  SubjectCommand,
} from '../../src/domain/subject/subject.commands';
import { subjectDecider } from '../../src/domain/subject/subject.decider';
import type { SubjectEvent } from '../../src/domain/subject/subject.events';
import type { Subject, SubjectState } from '../../src/domain/subject/subject.state';
import type { Instant } from '../../src/domain/time';
import { day, type PolicyStory, sha256 } from './policy-stories';

/** Persons told as stories: who did what on which day, with the decider as the only judge. */

export const zone = 'Europe/Oslo';

/** A customer, registered on the first of January 2024 unless said otherwise. */
export function registration(more: Partial<RegisterSubject> = {}): RegisterSubject {
  return {
    type: 'RegisterSubject',
    at: day('01-01'),
    subjectId: 'person',
    organisationId: 'organisation',
    anonymous: false,
    keyId: 'key',
    categories: ['customer'],
    ...more,
  };
}

/** What was in front of the person: the version's Norwegian text, unless said otherwise. */
export function shown({ policy }: PolicyStory, versionId: string) {
  return { policy, zone, versionId, locale: 'nb', contentSha256: sha256(`The text of ${versionId}`) };
}

type More<Command> = Partial<Omit<Command, 'type' | 'at'>>;

export function consent(
  story: PolicyStory,
  versionId: string,
  at: Instant,
  more: More<DecideOnConsent> = {},
): DecideOnConsent {
  return {
    type: 'DecideOnConsent',
    at,
    decision: 'GIVE',
    purposes: ['newsletter'],
    method: 'CLICKED_BUTTON',
    channel: 'APP',
    decidedBy: 'PERSON',
    ...shown(story, versionId),
    ...more,
  };
}

export function terms(
  story: PolicyStory,
  versionId: string,
  at: Instant,
  more: More<DecideOnTerms> = {},
): DecideOnTerms {
  const { purposes: _, decision: _decision, ...rest } = consent(story, versionId, at);
  return { ...rest, type: 'DecideOnTerms', decision: 'ACCEPT', ...more };
}

export function notice(
  story: PolicyStory,
  versionId: string,
  at: Instant,
  more: More<RecordNotice> = {},
): RecordNotice {
  return { type: 'RecordNotice', at, step: 'SHOWN', channel: 'APP', ...shown(story, versionId), ...more };
}

export function withdrawal(
  { policy }: PolicyStory,
  at: Instant,
  more: { readonly purposes?: readonly string[]; readonly occurredAt?: Instant; readonly ownToken?: boolean } = {},
): SubjectCommand {
  return { type: 'WithdrawConsent', at, policy, zone, purposes: ['newsletter'], ...more };
}

/** One person with the events so far. Every step goes through the decider. */
export class SubjectStory {
  readonly events: SubjectEvent[] = [];
  #state: SubjectState = subjectDecider.initialState;

  constructor(registered: RegisterSubject = registration()) {
    this.do(registered);
  }

  get subject(): Subject {
    if (this.#state.status === 'absent') throw new Error('The story has no person.');
    return this.#state;
  }

  get last(): SubjectEvent | undefined {
    return this.events.at(-1);
  }

  do(command: SubjectCommand): this {
    const events = subjectDecider.decide(command, this.#state);
    this.events.push(...events);
    this.#state = events.reduce(subjectDecider.evolve, this.#state);
    return this;
  }

  /** The refusal of a command; the story stays as it is. */
  refusal(command: SubjectCommand): Refusal {
    try {
      subjectDecider.decide(command, this.#state);
    } catch (error) {
      if (error instanceof Refusal) return error;
      throw error;
    }
    throw new Error(`${command.type} was not refused.`);
  }

  code(command: SubjectCommand): string {
    return this.refusal(command).code;
  }
}
