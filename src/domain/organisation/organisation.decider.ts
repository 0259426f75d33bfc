import type { Decider } from '../decider';
import {
  DEFAULT_LEAD_DAYS,
  DEFAULT_LOGIN_AND_DELIVERY_DAYS,
  DEFAULT_OPERATIONAL_DAYS,
  MAX_LEAD_DAYS,
  MAX_NAME_LENGTH,
  MAX_RETENTION_DAYS,
} from '../limits';
import { isOneLine } from '../one-line';
import type {
  AmendOrganisation,
  OrganisationCommand,
  RecordRemoval,
  RegisterOrganisation,
} from './organisation.commands';
import type { OrganisationEvent, OrganisationRegistered, Retention } from './organisation.events';
import * as refuse from './organisation.refusals';
import { isOrganisationNumber } from './organisation-number';

export type OrganisationState = { readonly status: 'absent' } | Organisation;

export type Organisation = { readonly status: 'registered' } & Omit<OrganisationRegistered['data'], 'registeredAt'>;

/** The rules of one organisation: who it is, and what its settings may be. */
export const organisationDecider: Decider<OrganisationState, OrganisationCommand, OrganisationEvent> = {
  initialState: { status: 'absent' },
  decide,
  evolve,
};

function decide(command: OrganisationCommand, state: OrganisationState): readonly OrganisationEvent[] {
  if (command.type === 'RegisterOrganisation') {
    if (state.status === 'registered') throw refuse.organisationAlreadyExists();
    return [register(command)];
  }
  if (state.status === 'absent') throw new Error('An organisation that does not exist was amended.');
  if (command.type === 'RecordRemoval') return recordRemoval(command, state);
  const events = amend(command, state);
  if (events.length === 0) throw refuse.nothingToAmend();
  return events;
}

function register(command: RegisterOrganisation): OrganisationEvent {
  const { type: _, at: registeredAt, ...facts } = command;
  assertName(facts.name);
  assertIdentifiers(facts.number, facts.foreignId);
  return {
    type: 'OrganisationRegistered',
    data: {
      ...facts,
      noticeLeadDays: DEFAULT_LEAD_DAYS,
      retention: {
        loginAndDeliveryDays: DEFAULT_LOGIN_AND_DELIVERY_DAYS,
        operationalDays: DEFAULT_OPERATIONAL_DAYS,
      },
      registeredAt,
    },
  };
}

function assertName(name: string): void {
  if (!isOneLine(name, MAX_NAME_LENGTH)) throw refuse.organisationNameInvalid(MAX_NAME_LENGTH);
}

function assertIdentifiers(number: string | undefined, foreignId: string | undefined): void {
  if (number !== undefined && foreignId !== undefined) throw refuse.twoIdentifiers();
  if (number !== undefined && !isOrganisationNumber(number)) throw refuse.organisationNumberInvalid();
  if (foreignId !== undefined && !isOneLine(foreignId, MAX_NAME_LENGTH)) throw refuse.foreignIdInvalid(MAX_NAME_LENGTH);
}

function amend(command: AmendOrganisation, state: Organisation): readonly OrganisationEvent[] {
  const { organisationId } = state;
  const { at, name, timeZone, defaultLocale, approvalRequired, noticeLeadDays } = command;
  const events: OrganisationEvent[] = [];
  if (name !== undefined && name !== state.name) {
    assertName(name);
    events.push({ type: 'OrganisationNamed', data: { organisationId, name, namedAt: at } });
  }
  events.push(...identify(command, state));
  if (timeZone !== undefined && timeZone !== state.timeZone) {
    events.push({ type: 'OrganisationTimeZoneSet', data: { organisationId, timeZone, setAt: at } });
  }
  if (defaultLocale !== undefined && defaultLocale !== state.defaultLocale) {
    events.push({ type: 'OrganisationDefaultLocaleSet', data: { organisationId, defaultLocale, setAt: at } });
  }
  if (approvalRequired !== undefined && approvalRequired !== state.approvalRequired) {
    const data = { organisationId, approvalRequired, setAt: at };
    events.push({ type: 'OrganisationApprovalRequirementSet', data });
  }
  if (noticeLeadDays !== undefined && noticeLeadDays !== state.noticeLeadDays) {
    if (!isWithin(noticeLeadDays, MAX_LEAD_DAYS)) throw refuse.leadDaysOutOfRange(MAX_LEAD_DAYS);
    events.push({ type: 'OrganisationNoticeLeadSet', data: { organisationId, noticeLeadDays, setAt: at } });
  }
  const retention = amendedRetention(command, state.retention);
  if (retention) events.push({ type: 'OrganisationRetentionSet', data: { organisationId, retention, setAt: at } });
  return events;
}

/** An organisation that was registered with neither identifier gets one when it is known. */
function identify(command: AmendOrganisation, state: Organisation): readonly OrganisationEvent[] {
  const { number, foreignId, at: identifiedAt } = command;
  if (number === undefined && foreignId === undefined) return [];
  if (number === state.number && foreignId === state.foreignId) return [];
  if (state.number !== undefined || state.foreignId !== undefined) throw refuse.alreadyIdentified();
  assertIdentifiers(number, foreignId);
  const identifier = number !== undefined ? { number } : foreignId !== undefined ? { foreignId } : {};
  const data = { organisationId: state.organisationId, ...identifier, identifiedAt };
  return [{ type: 'OrganisationIdentified', data }];
}

function amendedRetention(command: AmendOrganisation, current: Retention): Retention | undefined {
  const { loginAndDeliveryDays = current.loginAndDeliveryDays, operationalDays = current.operationalDays } = command;
  if (loginAndDeliveryDays === current.loginAndDeliveryDays && operationalDays === current.operationalDays) {
    return undefined;
  }
  if (![loginAndDeliveryDays, operationalDays].every((days) => isWithin(days, MAX_RETENTION_DAYS))) {
    throw refuse.retentionOutOfRange(MAX_RETENTION_DAYS);
  }
  return { loginAndDeliveryDays, operationalDays };
}

/** Nothing removed is nothing to record. */
function recordRemoval(command: RecordRemoval, { organisationId }: Organisation): readonly OrganisationEvent[] {
  const { logins, deliveries, before, at: removedAt } = command;
  if (logins === 0 && deliveries === 0) return [];
  return [{ type: 'OperationalRecordsRemoved', data: { organisationId, logins, deliveries, before, removedAt } }];
}

function isWithin(days: number, limit: number): boolean {
  return Number.isInteger(days) && days >= 1 && days <= limit;
}

function evolve(state: OrganisationState, event: OrganisationEvent): OrganisationState {
  if (event.type === 'OrganisationRegistered') {
    const { registeredAt: _, ...facts } = event.data;
    return { status: 'registered', ...facts };
  }
  if (state.status === 'absent') throw new Error(`${event.type} stands before OrganisationRegistered.`);
  switch (event.type) {
    case 'OrganisationNamed':
      return { ...state, name: event.data.name };
    case 'OrganisationIdentified': {
      const { number, foreignId } = event.data;
      return { ...state, ...(number && { number }), ...(foreignId && { foreignId }) };
    }
    case 'OrganisationTimeZoneSet':
      return { ...state, timeZone: event.data.timeZone };
    case 'OrganisationDefaultLocaleSet':
      return { ...state, defaultLocale: event.data.defaultLocale };
    case 'OrganisationApprovalRequirementSet':
      return { ...state, approvalRequired: event.data.approvalRequired };
    case 'OrganisationNoticeLeadSet':
      return { ...state, noticeLeadDays: event.data.noticeLeadDays };
    case 'OrganisationRetentionSet':
      return { ...state, retention: event.data.retention };
    case 'OperationalRecordsRemoved':
      return state;
  }
}
