import type { Caller } from '../../src/api/auth/caller';
import { type Answered, caller, operator, type TestApi } from './api-harness';

/** People of one organisation, and what they do over the API. Each step fails the test when it is refused. */
export interface Office {
  readonly slug: string;
  readonly id: string;
  readonly editor: Caller;
  readonly approver: Caller;
  readonly publisher: Caller;
  readonly officer: Caller;
  readonly service: Caller;
  createPolicy(slug: string, more?: Readonly<Record<string, unknown>>): Promise<string>;
  /** Drafts, approves and publishes; answers the version's id. */
  publish(policy: string, publication: Publication): Promise<Published>;
}

export interface Publication {
  readonly text: string;
  readonly label?: string;
  readonly locale?: string;
  readonly statement?: Readonly<Record<string, unknown>>;
  readonly reasons?: readonly string[];
  readonly more?: Readonly<Record<string, unknown>>;
}

export interface Published {
  readonly id: string;
  readonly position: string;
}

export const STATEMENT = {
  controller: { name: 'Fjordlys AS', role: 'controller', address: 'Kaien 1, Bergen' },
  contact: 'personvern@fjordlys.example',
  purposes: [
    {
      key: 'newsletter',
      titles: [{ locale: 'nb', text: 'Nyhetsbrev' }],
      optional: true,
      bases: [{ subjectCategory: 'customers', legalBasis: 'CONSENT' }],
      dataCategories: ['e-mail'],
      recipients: [],
      retention: 'Until unsubscribed',
    },
  ],
  rights: ['ACCESS', 'RECTIFICATION', 'ERASURE', 'RESTRICTION', 'PORTABILITY', 'WITHDRAW_CONSENT'],
  complaintAuthority: 'Datatilsynet',
};

export async function openOffice(
  api: TestApi,
  slug: string,
  more: Readonly<Record<string, unknown>> = {},
): Promise<Office> {
  const input = { slug, name: `${slug} AS`, timeZone: 'Europe/Oslo', defaultLocale: 'nb', ...more };
  const registered = await write(api, operator, 'organisationRegister', input, 'organisation { id }');
  const people = {
    editor: caller(`Eva of ${slug}`, `editor@${slug}`),
    approver: caller(`Arne of ${slug}`, `approver@${slug}`),
    publisher: caller(`Pia of ${slug}`, `publisher@${slug}`),
    officer: caller(`Ola of ${slug}`, `officer@${slug}`),
    service: caller(`${slug} backend`, `service@${slug}`),
  };
  const id = String(registered.at('organisation.id'));
  return {
    ...people,
    slug,
    id,
    createPolicy: async (policySlug, creation = {}) => {
      const policy = { organisation: id, slug: policySlug, kind: 'PRIVACY_NOTICE', title: 'Personvern', ...creation };
      return String((await write(api, people.editor, 'policyCreate', policy, 'policy { id }')).at('policy.id'));
    },
    publish: (policy, publication) => publish(api, people, policy, publication),
  };
}

async function publish(
  api: TestApi,
  { editor, approver, publisher }: Pick<Office, 'editor' | 'approver' | 'publisher'>,
  policy: string,
  {
    text,
    label = 'Versjon',
    locale = 'nb',
    statement = STATEMENT,
    reasons = ['FIRST_VERSION'],
    more = {},
  }: Publication,
): Promise<Published> {
  const draft = 'policy { draft { revision hash } }';
  let expectedVersion = Number(
    (await api.get(`{ policy(id: "${policy}") { draft { revision } } }`, { as: editor })).at('policy.draft.revision'),
  );
  await write(api, editor, 'policyDraftEdit', { policy, expectedVersion, locale, format: 'PLAIN_TEXT', text }, draft);
  expectedVersion += 1;
  const set = await write(api, editor, 'policyDraftStatementSet', { policy, expectedVersion, statement }, draft);
  expectedVersion += 1;
  const draftHash = set.at('policy.draft.hash');
  await write(api, approver, 'policyDraftApprove', { policy, expectedVersion, draftHash }, draft);
  const input = { policy, expectedVersion, label, reasons, summaries: [], ...more };
  const published = await write(api, publisher, 'policyVersionPublish', input, 'version { id }');
  return { id: String(published.at('version.id')), position: String(published.at('position')) };
}

/** Sends a mutation that has to succeed; paths of the answer begin in its payload. */
export async function write(
  api: TestApi,
  as: Caller,
  mutation: string,
  input: Readonly<Record<string, unknown>>,
  fields: string,
): Promise<Answered> {
  const answer = await send(api, as, mutation, input, fields);
  if (answer.errors !== undefined || refusals(answer).length > 0) {
    throw new Error(`${mutation}: ${answer.errors?.map(String).join() ?? ''} ${JSON.stringify(answer.data)}`);
  }
  return answer;
}

/** Sends a mutation; paths of the answer begin in its payload. */
export async function send(
  api: TestApi,
  as: Caller,
  mutation: string,
  input: Readonly<Record<string, unknown>>,
  fields = '__typename',
): Promise<Answered> {
  const type = INPUTS[mutation] ?? `${mutation[0]?.toUpperCase()}${mutation.slice(1)}Input`;
  const document = `mutation ($input: ${type}!) {
    ${mutation}(input: $input) { ${fields} position userErrors { __typename code path message ${ERROR_FIELDS} } }
  }`;
  const answer = await api.ask(document, { as, variables: { input } });
  return { ...answer, at: (path) => answer.at(`${mutation}.${path}`), data: answer.at(mutation) };
}

/** Inputs that several mutations share. */
const INPUTS: { readonly [mutation: string]: string } = {
  termsAccept: 'DecisionInput',
  termsRefuse: 'DecisionInput',
  consentGive: 'DecisionInput',
  consentRefuse: 'DecisionInput',
  consentDefer: 'DecisionInput',
  processingObject: 'ProcessingRightInput',
  processingObjectionLift: 'ProcessingRightInput',
  processingRestrict: 'ProcessingRightInput',
  processingRestrictionLift: 'ProcessingRightInput',
  legalHoldPlace: 'LegalHoldInput',
  legalHoldLift: 'LegalHoldInput',
};

const ERROR_FIELDS = `
  ... on StaleVersion { currentVersion }
  ... on StatementIncomplete { missing }
  ... on ChangeUnderstated { impliedReasons impliedRenewalPurposes differences { path reason from to } }`;

/** Codes of the user errors of a payload. */
export function refusals(answer: Answered): readonly string[] {
  const errors = answer.at('userErrors');
  return Array.isArray(errors) ? errors.map((error: { readonly code: string }) => error.code) : [];
}
