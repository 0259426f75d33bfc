import { count, type EventShape, fields, flag, instant, optional, shape, text } from '../event-shapes';
import type { OrganisationEvent, Retention } from './organisation.events';

type DataOf<Type extends OrganisationEvent['type']> = Extract<OrganisationEvent, { type: Type }>['data'];

const retention = fields<Retention>({ loginAndDeliveryDays: count, operationalDays: count });

export const organisationEventShapes: { readonly [Type in OrganisationEvent['type']]: EventShape } = {
  OrganisationRegistered: shape<DataOf<'OrganisationRegistered'>>('registeredAt', {
    organisationId: text,
    slug: text,
    name: text,
    number: optional(text),
    foreignId: optional(text),
    timeZone: text,
    defaultLocale: text,
    customerOf: optional(text),
    approvalRequired: flag,
    noticeLeadDays: count,
    retention,
    registeredAt: instant,
  }),
  OrganisationNamed: shape<DataOf<'OrganisationNamed'>>('namedAt', {
    organisationId: text,
    name: text,
    namedAt: instant,
  }),
  OrganisationIdentified: shape<DataOf<'OrganisationIdentified'>>('identifiedAt', {
    organisationId: text,
    number: optional(text),
    foreignId: optional(text),
    identifiedAt: instant,
  }),
  OrganisationTimeZoneSet: shape<DataOf<'OrganisationTimeZoneSet'>>('setAt', {
    organisationId: text,
    timeZone: text,
    setAt: instant,
  }),
  OrganisationDefaultLocaleSet: shape<DataOf<'OrganisationDefaultLocaleSet'>>('setAt', {
    organisationId: text,
    defaultLocale: text,
    setAt: instant,
  }),
  OrganisationApprovalRequirementSet: shape<DataOf<'OrganisationApprovalRequirementSet'>>('setAt', {
    organisationId: text,
    approvalRequired: flag,
    setAt: instant,
  }),
  OrganisationNoticeLeadSet: shape<DataOf<'OrganisationNoticeLeadSet'>>('setAt', {
    organisationId: text,
    noticeLeadDays: count,
    setAt: instant,
  }),
  OrganisationRetentionSet: shape<DataOf<'OrganisationRetentionSet'>>('setAt', {
    organisationId: text,
    retention,
    setAt: instant,
  }),
  OperationalRecordsRemoved: shape<DataOf<'OperationalRecordsRemoved'>>('removedAt', {
    organisationId: text,
    logins: count,
    deliveries: count,
    before: instant,
    removedAt: instant,
  }),
};
