import type { Caller } from '../../../src/api/auth/caller';
import { caller, type TestApi } from '../../support/api-harness';

/** Rows as the views of a replay have them, by the names of their columns. */
export type Rows = readonly Readonly<Record<string, unknown>>[];
export type Answers = Readonly<Record<string, Rows>>;

export type AsOf = Readonly<Record<string, string>>;

/** Everybody who may read something: an officer of each of these organisations. */
export function officerOf(...slugs: readonly string[]): Caller {
  return caller('Auditor', ...slugs.map((slug) => `officer@${slug}`));
}

const REASON = 'reason { code rule }';
const POLICIES = `query ($asOf: AsOfInput) { policies(first: 100) { nodes { id handle kind title(asOf: $asOf)
  inForce(asOf: $asOf) { version { id label } ${REASON} }
  versions(first: 100, asOf: $asOf) { nodes {
    id sequence label effectiveFrom effectiveOn effectiveFromForExisting effectiveOnForExisting publishedAt recordedAt
    imported withdrawnFrom status textOnly audience publishedBy
    change { reasons summaries { locale text } compared noticeDuty noticeLeadDays renewalPurposes blocking graceDays }
    statement { purposes { key optional retention dataCategories recipients transfers } }
    contents { locale format text sha256 bytes } } } } } }`;
const PERSON = `query ($id: ID!, $asOf: AsOfInput) { subject(id: $id) {
  id organisation { slug } anonymous registeredAt categories(asOf: $asOf) customer(asOf: $asOf) { slug }
  exempt(asOf: $asOf) externalId
  consents(asOf: $asOf) { policy { id handle } purpose status valid legalBasis version { id label } locale contentSha256
    decidedAt expiresAt ${REASON} }
  notices(asOf: $asOf) { version { id label policy { id handle } } step channel at ${REASON} }
  acceptances(asOf: $asOf) { version { id label } accepted current at refusedAt ${REASON} }
  obligations(asOf: $asOf) { blocked unchangedUntil items { kind policy { id handle } version { id label } purposes since
    deadline blocking ${REASON} } } } }`;
const AUDIT = `query ($policy: ID!, $asOf: AsOfInput) { audit(policy: $policy, asOf: $asOf) { policy { id handle } subjects
  inBreach notices { version { id label } step subjects } acceptances { version { id label } subjects }
  consents { purpose status subjects valid } asOf { position effectiveAt } } }`;

interface Named {
  readonly id: string;
  readonly handle: string;
}
interface Version {
  readonly id: string;
  readonly label: string;
}
interface Why {
  readonly reason: { readonly code: string; readonly rule: string };
}
type Loose = Readonly<Record<string, never>>;

/** What the API answers at a stamp of every policy, in the rows of the views that tell the same. */
export async function policiesOverApi(api: TestApi, as: Caller, asOf: AsOf): Promise<Answers> {
  const { nodes } = (await api.get(POLICIES, { as, variables: { asOf } })).at('policies') as { nodes: PolicyAnswer[] };
  const versions = nodes.flatMap((policy) => policy.versions.nodes.map((version) => ({ policy, version })));
  return {
    policies: nodes.map(({ id, handle, kind, title, inForce: { version, reason } }) => ({
      policy_id: id,
      policy: handle,
      kind,
      title,
      version_id: version?.id ?? null,
      version_label: version?.label ?? null,
      reason: reason.code,
      rule: reason.rule,
    })),
    versions: versions.map(({ policy, version }) => versionRow(policy, version)),
    purposes: versions.flatMap(({ policy, version }) =>
      (version.statement?.purposes ?? []).map((purpose, index) => ({
        version_id: version.id,
        policy_id: policy.id,
        place: index + 1,
        purpose: purpose.key,
        optional: flag(purpose.optional),
        retention: purpose.retention,
        data_categories: JSON.stringify(purpose.dataCategories),
        recipients: JSON.stringify(purpose.recipients),
        transfers: JSON.stringify(purpose.transfers),
      })),
    ),
    texts: versions.flatMap(({ policy, version }) =>
      version.contents.map((content, index) => ({
        version_id: version.id,
        policy_id: policy.id,
        version_label: version.label,
        place: index + 1,
        ...content,
      })),
    ),
  };
}

interface PolicyAnswer extends Named {
  readonly kind: string;
  readonly title: string;
  readonly inForce: { readonly version: Version | null } & Why;
  readonly versions: { readonly nodes: readonly VersionAnswer[] };
}

interface VersionAnswer extends Version {
  readonly [field: string]: unknown;
  readonly change: Loose;
  readonly statement: {
    readonly purposes: readonly {
      readonly key: string;
      readonly optional: boolean;
      readonly retention: string;
      readonly dataCategories: readonly string[];
      readonly recipients: readonly string[];
      readonly transfers: readonly string[];
    }[];
  } | null;
  readonly contents: readonly Readonly<Record<string, unknown>>[];
}

function versionRow({ id: policy_id }: Named, { change, ...version }: VersionAnswer) {
  return {
    version_id: version.id,
    policy_id,
    sequence: version.sequence,
    label: version.label,
    status: version.status,
    effective_from: version.effectiveFrom,
    effective_on: version.effectiveOn,
    effective_from_for_existing: version.effectiveFromForExisting,
    effective_on_for_existing: version.effectiveOnForExisting,
    published_at: version.publishedAt,
    recorded_at: version.recordedAt,
    published_by: version.publishedBy,
    imported: flag(version.imported),
    withdrawn_from: version.withdrawnFrom,
    text_only: flag(version.textOnly),
    audience: JSON.stringify(version.audience),
    change_reasons: JSON.stringify(change.reasons),
    change_summaries: JSON.stringify(change.summaries),
    compared: flag(change.compared),
    notice_duty: change.noticeDuty,
    notice_lead_days: change.noticeLeadDays,
    renewal_purposes: JSON.stringify(change.renewalPurposes),
    blocking: flag(change.blocking),
    grace_days: change.graceDays,
  };
}

interface PersonAnswer {
  readonly id: string;
  readonly organisation: { readonly slug: string };
  readonly customer: { readonly slug: string } | null;
  readonly anonymous: boolean;
  readonly registeredAt: string;
  readonly categories: readonly string[];
  readonly exempt: boolean;
  readonly externalId: string | null;
  readonly consents: readonly (Why & { policy: Named; version: Version | null } & Record<string, unknown>)[];
  readonly notices: readonly (Why & { version: Version & { policy: Named } } & Record<string, unknown>)[];
  readonly acceptances: readonly (Why & { version: Version | null } & Record<string, unknown>)[];
  readonly obligations: {
    readonly blocked: boolean;
    readonly unchangedUntil: string | null;
    readonly items: readonly (Why & { policy: Named; version: Version } & Record<string, unknown>)[];
  };
}

/** The same of one person. `external_id` as of now, as the API has it. */
export async function personOverApi(api: TestApi, as: Caller, id: string, asOf: AsOf): Promise<Answers> {
  const subject = (await api.get(PERSON, { as, variables: { id, asOf } })).at('subject') as PersonAnswer;
  const subject_id = id;
  return {
    people: [
      {
        subject_id,
        organisation: subject.organisation.slug,
        anonymous: flag(subject.anonymous),
        registered_at: subject.registeredAt,
        categories: JSON.stringify(subject.categories),
        customer: subject.customer?.slug ?? null,
        exempt: flag(subject.exempt),
        blocked: flag(subject.obligations.blocked),
        unchanged_until: subject.obligations.unchangedUntil,
        external_id: subject.externalId,
      },
    ],
    consents: subject.consents.map(({ policy, version, reason, ...state }) => ({
      subject_id,
      policy_id: policy.id,
      policy: policy.handle,
      purpose: state.purpose,
      status: state.status,
      valid: flag(state.valid),
      legal_basis: state.legalBasis,
      ...versionOf(version),
      locale: state.locale,
      content_sha256: state.contentSha256,
      decided_at: state.decidedAt,
      expires_at: state.expiresAt,
      reason: reason.code,
      rule: reason.rule,
    })),
    notices: subject.notices.map(({ version, reason, ...state }) => ({
      subject_id,
      policy_id: version.policy.id,
      policy: version.policy.handle,
      ...versionOf(version),
      step: state.step,
      channel: state.channel,
      at: state.at,
      reason: reason.code,
      rule: reason.rule,
    })),
    acceptances: subject.acceptances.map(({ version, reason, ...state }) => ({
      subject_id,
      ...versionOf(version),
      accepted: flag(state.accepted),
      is_current: flag(state.current),
      at: state.at,
      refused_at: state.refusedAt,
      reason: reason.code,
      rule: reason.rule,
    })),
    obligations: subject.obligations.items.map(({ policy, version, reason, ...item }, index) => ({
      subject_id,
      place: index + 1,
      kind: item.kind,
      policy_id: policy.id,
      policy: policy.handle,
      ...versionOf(version),
      purposes: JSON.stringify(item.purposes),
      since: item.since,
      deadline: item.deadline,
      blocking: flag(item.blocking),
      reason: reason.code,
      rule: reason.rule,
    })),
  };
}

interface AuditAnswer {
  readonly policy: Named;
  readonly subjects: number;
  readonly inBreach: number;
  readonly notices: readonly { version: Version; step: string; subjects: number }[];
  readonly acceptances: readonly { version: Version; subjects: number }[];
  readonly consents: readonly { purpose: string; status: string; subjects: number; valid: number }[];
}

/** The counts of one policy. */
export async function countsOverApi(api: TestApi, as: Caller, policy: string, asOf: AsOf): Promise<Rows> {
  const audit = (await api.get(AUDIT, { as, variables: { policy, asOf } })).at('audit') as AuditAnswer;
  const nothing = { version_id: null, version_label: null, step: null, purpose: null, status: null, valid: null };
  const row = (about: string, count: Readonly<Record<string, unknown>>) => ({
    policy_id: audit.policy.id,
    policy: audit.policy.handle,
    about,
    ...nothing,
    ...count,
  });
  return [
    row('SUBJECTS', { subjects: audit.subjects }),
    row('IN_BREACH', { subjects: audit.inBreach }),
    ...audit.notices.map(({ version, ...count }) => row('NOTICE', { ...versionOf(version), ...count })),
    ...audit.acceptances.map(({ version, ...count }) => row('ACCEPTANCE', { ...versionOf(version), ...count })),
    ...audit.consents.map((count) => row('CONSENT', count)),
  ];
}

function versionOf(version: Version | null) {
  return { version_id: version?.id ?? null, version_label: version?.label ?? null };
}

function flag(value: unknown): number {
  return value === true ? 1 : 0;
}
