import type { Product } from './web-harness';

/** People of the product as they are seen and served elsewhere than in the browser. */
export interface PeopleElsewhere {
  /** Registers a person who has already accepted the terms, or agreed to the newsletter. @returns the subject's id */
  settle(name: string, done: readonly ('terms' | 'newsletter')[]): Promise<string>;
  withdraw(subject: string): Promise<void>;
  acknowledge(subject: string, label: string): Promise<void>;
  revokeTokens(subject: string): Promise<void>;
  /** What an officer of the company sees. */
  look(name: string): Promise<Seen>;
}

interface Seen {
  /** By purpose. */
  readonly status: Readonly<Record<string, string>>;
  /** Oldest first. */
  readonly facts: readonly { readonly type: string; readonly data: Readonly<Record<string, unknown>> }[];
}

interface Version {
  readonly id: string;
  readonly label: string;
  readonly content: { readonly locale: string; readonly sha256: string };
}

interface Policy {
  readonly id: string;
  readonly inForce: { readonly version: Version };
  readonly versions: { readonly nodes: readonly Version[] };
}

interface Found {
  readonly subject: {
    readonly consents: readonly { readonly purpose: string; readonly status: string }[];
    readonly facts: { readonly nodes: readonly { readonly type: string; readonly data: string }[] };
  };
}

const POLICY = `query ($handle: String) { policy(handle: $handle) {
  id
  inForce { version { ...text } }
  versions { nodes { ...text } }
} }
fragment text on PolicyVersion { id label content(locale: "nb") { locale sha256 } }`;

const PERSON = `query ($organisation: ID, $name: String) { subject(organisation: $organisation, externalId: $name) {
  consents { purpose status }
  facts(first: 100) { nodes { type data } }
} }`;

export function peopleElsewhere({ ask, write }: Product): PeopleElsewhere {
  const organisation = async () => {
    const query = '{ organisation(slug: "fjordlys") { id } }';
    return (await ask<{ organisation: { id: string } }>('service', query)).organisation.id;
  };
  const policy = async (slug: string) =>
    (await ask<{ policy: Policy }>('service', POLICY, { handle: `fjordlys/${slug}` })).policy;
  const shown = ({ id: version, content }: Version) => ({
    version,
    locale: content.locale,
    contentSha256: content.sha256,
  });
  const decide = async (mutation: string, subject: string, slug: string, more: object = {}) => {
    const { inForce } = await policy(slug);
    const input = { subject, ...shown(inForce.version), method: 'CLICKED_BUTTON', ...more };
    await write('service', mutation, 'DecisionInput', input, 'position');
  };

  return {
    settle: async (externalId, done) => {
      const input = { organisation: await organisation(), externalId, categories: ['customer'] };
      const registered = await write<{ subject: { id: string } }>(
        'service',
        'subjectRegister',
        'SubjectRegisterInput',
        input,
        'subject { id }',
      );
      const { id } = registered.subject;
      if (done.includes('terms')) await decide('termsAccept', id, 'terms');
      if (done.includes('newsletter')) await decide('consentGive', id, 'privacy', { purposes: ['newsletter'] });
      return id;
    },
    withdraw: async (subject) => {
      const input = { subject, policy: (await policy('privacy')).id, purposes: ['newsletter'] };
      await write('service', 'consentWithdraw', 'ConsentWithdrawInput', input, 'position');
    },
    acknowledge: async (subject, label) => {
      const { versions } = await policy('privacy');
      const version = versions.nodes.find((each) => each.label === label);
      if (!version) throw new Error(`The demonstration has no ${label}.`);
      const input = { subject, ...shown(version), step: 'ACKNOWLEDGED', channel: 'EMAIL' };
      await write('service', 'noticeRecord', 'NoticeRecordInput', input, 'position');
    },
    revokeTokens: async (subject) => {
      await write('service', 'subjectTokensRevoke', 'SubjectTokensRevokeInput', { subject }, 'position');
    },
    look: async (name) => {
      const { subject } = await ask<Found>('officer', PERSON, { organisation: await organisation(), name });
      return {
        status: Object.fromEntries(subject.consents.map(({ purpose, status }) => [purpose, status])),
        facts: subject.facts.nodes.map(({ type, data }) => ({ type, data: JSON.parse(data) })),
      };
    },
  };
}
