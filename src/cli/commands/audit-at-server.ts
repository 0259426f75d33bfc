import type { ConsentStatus } from '../../domain/subject/consent-state';
import type { NoticeStep } from '../../domain/subject/notice-state';
import { CommandRefused } from '../doors';
import { askServer, type RemoteOptions } from '../remote';
import { auditDays } from './audit-day';
import {
  type AuditAsked,
  type AuditSheet,
  isOverdue,
  type SheetObligation,
  type SheetPerson,
  type SheetStamp,
} from './audit-sheet';

const POLICY = `query Policy($handle: String!, $slug: String!) {
  policy(handle: $handle) { id kind organisation { id timeZone defaultLocale customerOf { id } } }
  customer: organisation(slug: $slug) { id }
}`;

const STAMP = 'asOf { effectiveAt timeZone recordedAt position settled forecast rules }';

const AUDIT = `query Audit($policy: ID!, $asOf: AsOfInput, $customer: ID, $category: String) {
  audit(policy: $policy, asOf: $asOf, customer: $customer, category: $category) {
    ${STAMP} subjects inBreach
    inForce { reason { code text } version { sequence label effectiveFrom } }
    notices { version { label } step subjects } acceptances { version { label } subjects }
    consents { purpose status subjects valid }
  }
}`;

const PEOPLE = `query People($policy: ID!, $asOf: AsOfInput, $customer: ID, $category: String, $after: String) {
  audit(policy: $policy, asOf: $asOf, customer: $customer, category: $category) {
    people(first: 100, after: $after) {
      nodes {
        subject {
          id erased registeredAt categories customer { slug } policiesInForce { policy { id } version { id label } }
        }
        consents { purpose status valid } notices { step version { id } } acceptances { accepted }
        obligations { kind purposes deadline blocking }
      }
      pageInfo { hasNextPage endCursor }
    }
  }
}`;

interface PolicyAnswer {
  readonly policy: {
    readonly id: string;
    readonly kind: string;
    readonly organisation: {
      readonly id: string;
      readonly timeZone: string;
      readonly defaultLocale: string;
      readonly customerOf: { readonly id: string } | null;
    };
  } | null;
  readonly customer: { readonly id: string } | null;
}

interface AuditAnswer {
  readonly audit: {
    readonly asOf: SheetStamp;
    readonly subjects: number;
    readonly inBreach: number;
    readonly inForce: {
      readonly reason: { readonly code: string; readonly text: string };
      readonly version: AuditSheet['inForce'] | null;
    };
    readonly notices: readonly { readonly version: Labelled; readonly step: NoticeStep; readonly subjects: number }[];
    readonly acceptances: readonly { readonly version: Labelled; readonly subjects: number }[];
    readonly consents: AuditSheet['consents'];
  };
}

interface Labelled {
  readonly label: string;
}

interface PeopleAnswer {
  readonly audit: {
    readonly people: {
      readonly nodes: readonly PersonNode[];
      readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
    };
  };
}

interface PersonNode {
  readonly subject: {
    readonly id: string;
    readonly erased: boolean;
    readonly registeredAt: string;
    readonly categories: readonly string[];
    readonly customer: { readonly slug: string } | null;
    readonly policiesInForce: readonly {
      readonly policy: { readonly id: string };
      readonly version: { readonly id: string; readonly label: string } | null;
    }[];
  };
  readonly consents: readonly { readonly purpose: string; readonly status: ConsentStatus; readonly valid: boolean }[];
  readonly notices: readonly { readonly step: NoticeStep; readonly version: { readonly id: string } }[];
  readonly acceptances: readonly { readonly accepted: boolean }[];
  readonly obligations: readonly SheetObligation[];
}

/** What a server is asked with, for an audit and for what is below it. */
export interface RemotePlace {
  readonly policy: NonNullable<PolicyAnswer['policy']>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** @throws CommandRefused NOT_FOUND AS_OF_IN_FUTURE */
export async function remotePlace(remote: RemoteOptions, asked: AuditAsked): Promise<RemotePlace> {
  const { handle, customer, category } = asked;
  const answer = await askServer<PolicyAnswer>(remote, POLICY, { handle, slug: customer ?? '' });
  const { policy } = answer;
  if (!policy) throw new CommandRefused('NOT_FOUND', `There is no policy ${handle}.`);
  if (customer !== undefined && !answer.customer) {
    throw new CommandRefused('NOT_FOUND', `The organisation has no customer ${customer}.`);
  }
  const asOf = auditDays(asked, policy.organisation.timeZone, Date.now());
  return { policy, variables: { policy: policy.id, asOf, customer: answer.customer?.id, category } };
}

/** An audit that a server answers; its clock says what is still to come. */
export async function auditAtServer(remote: RemoteOptions, asked: AuditAsked): Promise<AuditSheet> {
  const { policy, variables } = await remotePlace(remote, asked);
  const { audit } = await askServer<AuditAnswer>(remote, AUDIT, variables);
  const { inForce, asOf, notices, acceptances, ...counts } = audit;
  if (!inForce.version) throw new CommandRefused(inForce.reason.code, inForce.reason.text);
  const pinned = { ...variables, asOf: { effectiveAt: asOf.effectiveAt, position: asOf.position } };
  return {
    ...counts,
    policy: asked.handle,
    asOf,
    inForce: inForce.version,
    notices: notices.map(({ version, step, subjects }) => ({ version: version.label, step, subjects })),
    acceptances: acceptances.map(({ version, subjects }) => ({ version: version.label, subjects })),
    locale: policy.organisation.defaultLocale,
    people: () => peopleOf(remote, policy, pinned, asOf.effectiveAt),
  };
}

async function* peopleOf(
  remote: RemoteOptions,
  policy: RemotePlace['policy'],
  variables: RemotePlace['variables'],
  effectiveAt: string,
): AsyncGenerator<readonly SheetPerson[]> {
  let after: string | null = null;
  do {
    const page: PeopleAnswer = await askServer(remote, PEOPLE, { ...variables, after });
    const { nodes, pageInfo } = page.audit.people;
    yield nodes.map((node) => personOf(policy, node, effectiveAt));
    after = pageInfo.hasNextPage ? pageInfo.endCursor : null;
  } while (after !== null);
}

function personOf(
  { id: policyId, kind }: RemotePlace['policy'],
  { subject, consents, notices, acceptances, obligations }: PersonNode,
  effectiveAt: string,
): SheetPerson {
  const version = subject.policiesInForce.find(({ policy }) => policy.id === policyId)?.version ?? null;
  return {
    subject: subject.id,
    erased: subject.erased,
    registeredAt: subject.registeredAt,
    categories: subject.categories,
    customer: subject.customer?.slug ?? null,
    version: version?.label ?? null,
    notice: notices.find((notice) => notice.version.id === version?.id)?.step ?? null,
    accepted: kind === 'TERMS' ? (acceptances[0]?.accepted ?? false) : null,
    consents,
    obligations,
    inBreach: obligations.some((obligation) => isOverdue(obligation, effectiveAt)),
  };
}
