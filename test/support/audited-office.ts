import { type Answered, openTestApi, type TestApi } from './api-harness';
import { type People, type Person, peopleOf, type ShownVersion } from './people-over-api';
import { type Office, openOffice } from './policy-over-api';

const DAY_MS = 86_400_000;
const START = '2024-01-10T09:00:00.000Z';

/** What is asked of each person on a list. */
export const AUDITED = `subject { id erased externalId categories customer { id } }
  consents { purpose status valid } notices { step version { id } } acceptances { accepted } obligations { kind deadline }`;
const PAGE = `asOf { effectiveAt effectiveOn position } totalCount edges { cursor } nodes { ${AUDITED} }
  pageInfo { hasNextPage hasPreviousPage startCursor endCursor }`;

export interface AuditedPage {
  readonly asOf: { readonly effectiveAt: string; readonly effectiveOn: string | null; readonly position: string };
  readonly totalCount: number | null;
  readonly nodes: readonly {
    readonly subject: { readonly id: string; readonly erased: boolean; readonly externalId: string | null };
    readonly consents: readonly { readonly purpose: string; readonly status: string; readonly valid: boolean }[];
  }[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
}

/**
 * A policy with a blocking version of 10 January 2024 and three people: Kari read it and said yes, Ola belongs to a
 * customer and said no, Per is a prospect, too, and did nothing.
 */
export interface AuditedOffice {
  readonly api: TestApi;
  readonly office: Office;
  readonly customer: Office;
  readonly people: People;
  readonly policy: string;
  readonly v1: ShownVersion;
  readonly kari: Person;
  readonly ola: Person;
  readonly per: Person;
  /** So many days after the beginning. */
  goTo(days: number): void;
  /** Fields of the audit of the policy; `args` as they stand in a document, after a comma. */
  ask(fields: string, args?: string, as?: Office['officer']): Promise<Answered>;
  /** A page of people; fails the test when it is refused. */
  page(args?: string, auditArgs?: string, as?: Office['officer']): Promise<AuditedPage>;
  ids(args: string, auditArgs?: string): Promise<readonly string[]>;
}

export async function openAuditedOffice(): Promise<AuditedOffice> {
  const api = await openTestApi(START);
  const office = await openOffice(api, 'fjordlys');
  const customer = await openOffice(api, 'acme', { customerOf: office.id });
  const people = peopleOf(api, office);
  const policy = await office.createPolicy('privacy');
  const kari = await people.register('kari');
  const ola = await people.register('ola', { customer: customer.id });
  const per = await people.register('per', { categories: ['customers', 'prospects'] });
  const more = { blocking: true, graceDays: 3 };
  const v1 = await people.publish(policy, { text: 'Versjon en.', label: 'Versjon 1', more });
  await people.acknowledge(kari, v1);
  await people.give(kari, v1, ['newsletter']);
  await people.refuse(ola, v1, ['newsletter']);

  const ask: AuditedOffice['ask'] = (fields, args = '', as = office.officer) =>
    api.ask(`{ audit(policy: "${policy}"${args}) { ${fields} } }`, { as });
  const page: AuditedOffice['page'] = async (args = '', auditArgs = '', as = office.officer) => {
    const answer = await ask(`people${args && `(${args})`} { ${PAGE} }`, auditArgs, as);
    if (answer.errors) throw new Error(answer.errors.map(({ message }) => message).join());
    return answer.at('audit.people') as AuditedPage;
  };
  return {
    ...{ api, office, customer, people, policy, v1, kari, ola, per, ask, page },
    goTo: (days) => {
      api.clock.nowMs = Date.parse(START) + days * DAY_MS;
    },
    ids: async (args, auditArgs) => idsOf(await page(args, auditArgs)),
  };
}

export const idsOf = ({ nodes }: AuditedPage) => nodes.map(({ subject }) => subject.id);
