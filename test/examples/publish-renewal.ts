import type { Product } from './web-harness';

const STATEMENT = `contact complaintAuthority dataProtectionOfficer securityMeasures rights controllerIsCustomer
  controller { name number role address } processors { name number role address }
  purposes { key optional dataCategories sources recipients processors retention transfers automatedDecisions voluntary
    consentValidFor titles { locale text } bases { subjectCategory legalBasis legitimateInterest } }`;

const DRAFT = `{ policy(handle: "fjordlys/privacy") {
  id
  draft { revision }
  inForce { version { contents { locale format text } statement { ${STATEMENT} } } }
} }`;

const VERSIONS = '{ policy(handle: "fjordlys/privacy") { versions { nodes { id label } } } }';

export const SUMMARY = 'Nyhetsbrevet bruker nå også hvilket bygg du arbeider i.';

interface Found {
  readonly policy: {
    readonly id: string;
    readonly draft: { readonly revision: number };
    readonly inForce: {
      readonly version: {
        readonly contents: readonly { readonly locale: string; readonly format: string; readonly text: string }[];
        readonly statement: unknown;
      };
    };
  };
}

interface Drafted {
  readonly policy: { readonly draft: { readonly revision: number; readonly hash: string } };
}

/** Takes back the version that is to come. */
export async function withdrawComing({ ask, write }: Product, label: string): Promise<void> {
  const { policy } = await ask<{ policy: { versions: { nodes: readonly { id: string; label: string }[] } } }>(
    'publisher',
    VERSIONS,
  );
  const version = policy.versions.nodes.find((each) => each.label === label)?.id;
  const input = { version, reason: 'Feil dato' };
  await write('publisher', 'policyVersionWithdraw', 'PolicyVersionWithdrawInput', input, 'version { id }');
}

/** Publishes a change for which everybody is asked again: the newsletter uses more than before. */
export async function publishRenewal({ ask, write }: Product, label: string): Promise<void> {
  const { policy, draft, inForce } = await draftNow(ask);
  let expectedVersion = draft.revision;
  for (const { locale, format, text } of inForce.version.contents) {
    const edit = { policy, expectedVersion, locale, format, text: text.replace(/(Versjon|Version) \d+/, label) };
    await write('editor', 'policyDraftEdit', 'PolicyDraftEditInput', edit, 'policy { id }');
    expectedVersion += 1;
  }
  const set = { policy, expectedVersion, statement: withMoreData(inForce.version.statement) };
  const drafted = await write<Drafted>(
    'editor',
    'policyDraftStatementSet',
    'PolicyDraftStatementSetInput',
    set,
    'policy { draft { revision hash } }',
  );
  const { revision, hash: draftHash } = drafted.policy.draft;
  const approval = { policy, expectedVersion: revision, draftHash };
  await write('approver', 'policyDraftApprove', 'PolicyDraftApproveInput', approval, 'policy { id }');
  const publication = {
    policy,
    expectedVersion: revision,
    label,
    reasons: ['DATA_CATEGORIES'],
    renewalPurposes: ['newsletter'],
    summaries: [
      { locale: 'nb', text: SUMMARY },
      { locale: 'en', text: 'The newsletter now also uses which building you work in.' },
    ],
  };
  await write('publisher', 'policyVersionPublish', 'PolicyVersionPublishInput', publication, 'version { id }');
}

async function draftNow(ask: Product['ask']) {
  const { policy } = await ask<Found>('editor', DRAFT);
  return { ...policy, policy: policy.id };
}

/** What was read as it is written: without what is absent. */
function withMoreData(statement: unknown): unknown {
  return JSON.parse(JSON.stringify(statement), (_, value) => {
    if (value === null) return undefined;
    return value.key === 'newsletter' ? { ...value, dataCategories: [...value.dataCategories, 'bygg'] } : value;
  });
}
