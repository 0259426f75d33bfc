import { hash } from 'node:crypto';
import type { Decider, DomainEvent } from '../domain/decider';
import { organisationDecider } from '../domain/organisation/organisation.decider';
import type { OrganisationEvent } from '../domain/organisation/organisation.events';
import { policyDecider } from '../domain/policy/policy.decider';
import type { PolicyEvent } from '../domain/policy/policy.events';
import { decodeEvent } from '../domain/stored-events';
import { subjectDecider } from '../domain/subject/subject.decider';
import type { SubjectEvent } from '../domain/subject/subject.events';
import { templateDecider } from '../domain/template/template.decider';
import type { TemplateEvent } from '../domain/template/template.events';
import type { StoredEvent } from '../event-store/event-store';
import { organisationStream, policyStream, subjectStream, templateStream } from './stream-names';

/** A decider with the streams it lives in. */
export interface Aggregate<State, Command, Event extends DomainEvent> {
  readonly decider: Decider<State, Command, Event>;
  readonly stream: (id: string) => string;
  readonly read: (event: StoredEvent) => Event;
}

export const sha256Hex = (data: string | Uint8Array) => hash('sha256', data, 'hex');

function read<Event extends DomainEvent>(event: StoredEvent): Event {
  return decodeEvent(event.type, event.metadata.schemaVersion, event.data) as Event;
}

export const organisations = {
  decider: organisationDecider,
  stream: organisationStream,
  read: read<OrganisationEvent>,
} as const;

export const policies = {
  decider: policyDecider(sha256Hex),
  stream: policyStream,
  read: read<PolicyEvent>,
} as const;

export const templates = {
  decider: templateDecider,
  stream: templateStream,
  read: read<TemplateEvent>,
} as const;

export const subjects = {
  decider: subjectDecider,
  stream: subjectStream,
  read: read<SubjectEvent>,
} as const;
