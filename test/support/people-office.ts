import { createApplication } from '../../src/application/application';
import { registerOrganisation } from '../../src/application/organisations';
import { createPolicy, policyOf } from '../../src/application/policies';
import { editDraftText, setDraftStatement } from '../../src/application/policy-drafts';
import { publishVersion, type VersionPublication } from '../../src/application/policy-versions';
import { subjectStream } from '../../src/application/stream-names';
import { registerSubject, type SubjectRegistration } from '../../src/application/subjects';
import type { PolicyKind } from '../../src/domain/policy/policy.events';
import { findVersion } from '../../src/domain/policy/version-in-force';
import type { EventStore, StoredEvent } from '../../src/event-store/event-store';
import { openTestApplication, type TestApplication } from './application-harness';
import { collect } from './event-store-samples';
import { statement } from './policy-stories';

/** An organisation with its service, over a real store and vault; each step fails the test when it is refused. */
export interface PeopleOffice extends TestApplication {
  readonly organisationId: string;
  publish(slug: string, more?: Partial<Publication>): Promise<ShownVersion>;
  register(more?: Partial<SubjectRegistration>): Promise<string>;
  eventsOf(subjectId: string): Promise<readonly StoredEvent[]>;
  typesOf(subjectId: string): Promise<readonly string[]>;
  /** The same log and vault, seen by a node that remembers nothing. */
  restarted(): PeopleOffice;
}

export type Publication = Omit<VersionPublication, 'policyId' | 'expectedRevision'> & {
  readonly kind: PolicyKind;
  readonly statement: typeof statement;
  /** Absent: the office's own. */
  readonly organisationId: string;
};

/** What a fact about a version names. */
export interface ShownVersion {
  readonly policyId: string;
  readonly versionId: string;
  readonly locale: string;
  readonly contentSha256: string;
}

export const byClick = { method: 'CLICKED_BUTTON', channel: 'APP', decidedBy: 'PERSON' } as const;

export async function openPeopleOffice(store?: EventStore): Promise<PeopleOffice> {
  const test = await openTestApplication(store);
  const operator = await test.request('operator');
  const { id: organisationId } = await registerOrganisation(test.app, operator, {
    slug: 'fjordlys',
    name: 'Fjordlys AS',
    timeZone: 'Europe/Oslo',
    defaultLocale: 'nb',
    approvalRequired: false,
  });
  return officeOver(test, organisationId);
}

function officeOver(test: TestApplication, organisationId: string): PeopleOffice {
  const { app } = test;
  const eventsOf = (subjectId: string) => collect(app.store.readStream(subjectStream(subjectId)));
  return {
    ...test,
    organisationId,
    eventsOf,
    publish: (slug, more) => publish(test, more?.organisationId ?? organisationId, slug, more),
    typesOf: async (subjectId) => (await eventsOf(subjectId)).map(({ type }) => type),
    restarted: () => officeOver({ ...test, app: createApplication(app) }, organisationId),
    register: async (more = {}) => {
      const input = { organisationId, categories: ['customer'], externalId: 'ola', ...more };
      return (await registerSubject(app, await test.request('service'), input)).id;
    },
  };
}

/** Writes and publishes the next version of a policy, which is created when it is new. */
async function publish(
  test: TestApplication,
  organisationId: string,
  slug: string,
  more: Partial<Publication> = {},
): Promise<ShownVersion> {
  const { app } = test;
  const {
    organisationId: _,
    kind = 'PRIVACY_NOTICE',
    statement: to = statement,
    label = `Versjon av ${app.now()}`,
    ...publication
  } = more;
  const request = await test.request('publisher');
  const { policyId, first } = await policyNamed(test, organisationId, slug, kind);
  const text = `${slug}: ${label}`;
  const { revision } = (await policyOf(app, policyId)).draft;
  const draft = { policyId, locale: 'nb', format: 'PLAIN_TEXT', text } as const;
  await editDraftText(app, request, { ...draft, expectedRevision: revision });
  await setDraftStatement(app, request, { policyId, expectedRevision: revision + 1, statement: to });
  const { id: versionId } = await publishVersion(app, request, {
    policyId,
    expectedRevision: revision + 2,
    label,
    reasons: [first ? 'FIRST_VERSION' : 'WORDING'],
    summaries: [],
    renewalPurposes: [],
    blocking: false,
    graceDays: 0,
    ...publication,
  });
  const content = findVersion(await policyOf(app, policyId), versionId)?.contents[0];
  return { policyId, versionId, locale: 'nb', contentSha256: content?.sha256 ?? '' };
}

const created = new WeakMap<object, Map<string, string>>();

async function policyNamed(test: TestApplication, organisationId: string, slug: string, kind: PolicyKind) {
  const known = created.get(test.app.store) ?? new Map<string, string>();
  created.set(test.app.store, known);
  const policyId = known.get(slug);
  if (policyId !== undefined) return { policyId, first: false };
  const creation = { organisationId, slug, kind, title: slug };
  const { id } = await createPolicy(test.app, await test.request('editor'), creation);
  known.set(slug, id);
  return { policyId: id, first: true };
}
