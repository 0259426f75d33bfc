import type { OrganisationEvent } from '../src/domain/organisation/organisation.events';
import { existing, insert, type Projection, projectionOf, type RowChange, update, type View } from './projection';

const TYPES = [
  'OrganisationRegistered',
  'OrganisationNamed',
  'OrganisationIdentified',
  'OrganisationTimeZoneSet',
  'OrganisationDefaultLocaleSet',
  'OrganisationApprovalRequirementSet',
  'OrganisationNoticeLeadSet',
  'OrganisationRetentionSet',
] as const;

/**
 * Organisations as they are now, and the history of what answers at an older position depend on (rule T5): their time
 * zones, as a date asked with older knowledge is read in the zone of then (rule S3), and their default locales.
 */
export const organisations: Projection = projectionOf({
  name: 'organisations',
  version: 1,
  categories: ['organisation'],
  eventTypes: TYPES,
  tables: {
    organisations: {
      columns: {
        id: 'text',
        n: 'integer',
        slug: 'text',
        name: 'text',
        number: 'text?',
        foreign_id: 'text?',
        time_zone: 'text',
        default_locale: 'text',
        customer_of: 'text?',
        approval_required: 'integer',
        notice_lead_days: 'integer',
        login_and_delivery_days: 'integer',
        operational_days: 'integer',
      },
      key: ['id'],
      indexes: {
        by_slug: { columns: ['slug', 'n'] },
        by_n: { columns: ['n'] },
        by_processor: { columns: ['customer_of', 'n'] },
      },
    },
    zones: {
      columns: { organisation: 'text', k_from: 'integer', time_zone: 'text' },
      key: ['organisation', 'k_from'],
    },
    locales: {
      columns: { organisation: 'text', k_from: 'integer', default_locale: 'text' },
      key: ['organisation', 'k_from'],
    },
  },
  apply,
});

function apply(event: OrganisationEvent, n: number, view: View): readonly RowChange[] {
  if (event.type === 'OrganisationRegistered') return registered(event.data, n);
  const id = event.data.organisationId;
  existing(view.get('organisations', [id]), 'organisation');
  const set = (columns: { [column: string]: string | number | null }) => update('organisations', { id }, columns);
  switch (event.type) {
    case 'OrganisationNamed':
      return [set({ name: event.data.name })];
    case 'OrganisationIdentified':
      return [set({ number: event.data.number ?? null, foreign_id: event.data.foreignId ?? null })];
    case 'OrganisationTimeZoneSet': {
      const { timeZone: time_zone } = event.data;
      return [set({ time_zone }), insert('zones', { organisation: id, k_from: n, time_zone })];
    }
    case 'OrganisationDefaultLocaleSet': {
      const { defaultLocale: default_locale } = event.data;
      return [set({ default_locale }), insert('locales', { organisation: id, k_from: n, default_locale })];
    }
    case 'OrganisationApprovalRequirementSet':
      return [set({ approval_required: Number(event.data.approvalRequired) })];
    case 'OrganisationNoticeLeadSet':
      return [set({ notice_lead_days: event.data.noticeLeadDays })];
    case 'OrganisationRetentionSet': {
      const { loginAndDeliveryDays, operationalDays } = event.data.retention;
      return [set({ login_and_delivery_days: loginAndDeliveryDays, operational_days: operationalDays })];
    }
    case 'OperationalRecordsRemoved':
      return [];
  }
}

function registered(
  data: Extract<OrganisationEvent, { type: 'OrganisationRegistered' }>['data'],
  n: number,
): readonly RowChange[] {
  const { organisationId: id, timeZone: time_zone, defaultLocale: default_locale } = data;
  return [
    insert('organisations', {
      id,
      n,
      slug: data.slug,
      name: data.name,
      number: data.number ?? null,
      foreign_id: data.foreignId ?? null,
      time_zone,
      default_locale,
      customer_of: data.customerOf ?? null,
      approval_required: Number(data.approvalRequired),
      notice_lead_days: data.noticeLeadDays,
      login_and_delivery_days: data.retention.loginAndDeliveryDays,
      operational_days: data.retention.operationalDays,
    }),
    insert('zones', { organisation: id, k_from: n, time_zone }),
    insert('locales', { organisation: id, k_from: n, default_locale }),
  ];
}
