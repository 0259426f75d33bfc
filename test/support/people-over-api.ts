import { createHash } from 'node:crypto';
import type { Caller } from '../../src/api/auth/caller';
import { type Answered, caller, type TestApi } from './api-harness';
import { type Office, type Publication, type Published, send, write } from './policy-over-api';

/** A version with the text that people were shown. */
export interface ShownVersion extends Published {
  readonly locale: string;
  readonly contentSha256: string;
}

/** A person with a token of their own. */
export interface Person {
  readonly id: string;
  readonly token: Caller;
}

/** People of an office and what they do over the API. */
export interface People {
  register(externalId: string, more?: Readonly<Record<string, unknown>>): Promise<Person>;
  publish(policy: string, publication: Publication): Promise<ShownVersion>;
  give(person: Person, version: ShownVersion, purposes: readonly string[], more?: object): Promise<Answered>;
  refuse(person: Person, version: ShownVersion, purposes: readonly string[], more?: object): Promise<Answered>;
  withdraw(person: Person, policy: string, purposes: readonly string[], more?: object): Promise<Answered>;
  accept(person: Person, version: ShownVersion, more?: object): Promise<Answered>;
  acknowledge(person: Person, version: ShownVersion, more?: object): Promise<Answered>;
  /** Status of a purpose, as `asOf` asks. */
  status(person: Person, policy: string, purpose: string, asOf?: object): Promise<string>;
  /** Kinds of what the person must still do, with the purposes; each followed by `ahead` when it is still to come. */
  todo(person: Person, asOf?: object): Promise<readonly string[]>;
}

export const CONSENTS = 'consents { purpose status valid reason { code } version { id } }';

export function peopleOf(api: TestApi, office: Office): People {
  const decide =
    (mutation: string) =>
    async (person: Person, version: ShownVersion, purposes: readonly string[], more = {}) => {
      const { id, locale, contentSha256 } = version;
      const input = { version: id, locale, contentSha256, purposes, method: 'CLICKED_BUTTON', ...more };
      return answered(await send(api, person.token, mutation, input, CONSENTS));
    };
  return {
    register: async (externalId, more = {}) => {
      const input = { organisation: office.id, externalId, categories: ['customers'], ...more };
      const id = String(
        (await write(api, office.service, 'subjectRegister', input, 'subject { id }')).at('subject.id'),
      );
      return { id, token: personOf(id, office.slug) };
    },
    publish: async (policy, publication) => {
      const published = await office.publish(policy, publication);
      const contentSha256 = createHash('sha256').update(publication.text, 'utf8').digest('hex');
      return { ...published, locale: publication.locale ?? 'nb', contentSha256 };
    },
    give: decide('consentGive'),
    refuse: decide('consentRefuse'),
    withdraw: async (person, policy, purposes, more = {}) =>
      answered(await send(api, person.token, 'consentWithdraw', { policy, purposes, ...more }, CONSENTS)),
    accept: (person, { id: version, locale, contentSha256 }, more = {}) => {
      const input = { version, locale, contentSha256, method: 'CLICKED_BUTTON', ...more };
      return send(api, person.token, 'termsAccept', input, 'acceptance { accepted current version { id } }');
    },
    acknowledge: (person, { id: version, locale, contentSha256 }, more = {}) => {
      const input = { version, locale, contentSha256, step: 'ACKNOWLEDGED', channel: 'APP', ...more };
      return send(api, person.token, 'noticeRecord', input, 'notice { step }');
    },
    status: async (person, policy, purpose, asOf) => {
      const document = `query ($subject: ID!, $policy: ID!, $purpose: String!, $asOf: AsOfInput) {
        consentState(subject: $subject, policy: $policy, purpose: $purpose, asOf: $asOf) { status } }`;
      const variables = { subject: person.id, policy, purpose, ...(asOf && { asOf }) };
      return String((await api.get(document, { as: office.officer, variables })).at('consentState.status'));
    },
    todo: async (person, asOf) => {
      const document = `query ($asOf: AsOfInput) { me { obligations(asOf: $asOf) { items {
        kind purposes since canActNow } asOf { effectiveAt } } } }`;
      const answer = await api.get(document, { as: person.token, variables: { ...(asOf && { asOf }) } });
      const now = String(answer.at('me.obligations.asOf.effectiveAt'));
      const items = answer.at('me.obligations.items');
      return (Array.isArray(items) ? items : []).map((item: Todo) =>
        [item.kind, ...item.purposes, ...(item.since > now ? ['ahead'] : [])].join(' '),
      );
    },
  };
}

/** A refusal is an answer; an error fails the test. */
function answered(answer: Answered): Answered {
  if (answer.errors !== undefined) throw new Error(answer.errors.map(({ message }) => message).join());
  return answer;
}

interface Todo {
  readonly kind: string;
  readonly purposes: readonly string[];
  readonly since: string;
}

/** The bearer of a person's own token. */
export function personOf(subject: string, slug: string): Caller {
  return { ...caller(`person ${subject}`, `subject@${slug}`), subject } as Caller;
}
