import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { importGit } from '../../src/application/imports/import-git';
import { openEventStoreDb } from '../../src/event-store/eventstoredb/open-event-store-db';
import { openTestApi, type TestApi } from '../support/api-harness';
import { openEventStoreDbDouble } from '../support/eventstoredb-double';
import { addCommits, createRepository, type PlannedCommit } from '../support/git-repository';
import { type Office, openOffice, STATEMENT, send, write } from '../support/policy-over-api';
import { vaultBeside } from '../support/real-store-vault';

const url = process.env.EVENTSTORE_URL;
const DAY_MS = 86_400_000;
/** Ahead of every store's clock, so that a command's time is this and not the log's. */
const NOW_MS = Date.now() + 60_000;
const at = (days: number) => new Date(NOW_MS + days * DAY_MS).toISOString();

/** One history through the API, with everything there is to do to a policy, and what is answered about it then. */
async function tell(api: TestApi): Promise<unknown> {
  const office = await openOffice(api, `same-${randomUUID().slice(0, 8)}`, { approvalRequired: true });
  const policy = await office.createPolicy('privacy');
  const old = {
    policy,
    label: 'Old',
    effectiveOn: '2019-05-01',
    locale: 'nb',
    format: 'PLAIN_TEXT',
    text: 'Gammel tekst\r\n',
  };
  await write(api, office.publisher, 'policyVersionImport', old, 'version { id }');
  await office.publish(policy, { text: '1. En\nFørste\n', label: '2.9', reasons: ['WORDING'] });
  const scheduled = await office.publish(policy, {
    text: '1. En\nAndre\n',
    label: '2.10',
    reasons: ['WORDING'],
    more: { effectiveFrom: at(30) },
  });
  const more = { effectiveFrom: at(10), effectiveFromForExisting: at(20), idempotencyKey: 'once' };
  await office.publish(policy, { text: '1. En\nMellom\n', label: 'Versjon 2. rev. 10', reasons: ['WORDING'], more });
  const withdrawal = { version: scheduled.id, reason: 'Feil' };
  await write(api, office.publisher, 'policyVersionWithdraw', withdrawal, 'version { id }');
  const stale = { policy, expectedVersion: 0, locale: 'nb', format: 'PLAIN_TEXT', text: 'x' };
  const refused = await send(api, office.editor, 'policyDraftEdit', stale);
  const repository = mkdtempSync(join(tmpdir(), 'samtykke-same-'));
  createRepository(repository, { bare: true });
  await addCommits(repository, HISTORY);
  const request = { actor: randomUUID(), correlationId: randomUUID() };
  // One path after the other: paths imported at once would come in any order.
  for (const include of ['*.md', '*.txt']) {
    await importGit(api.services.app, request, { repository, organisationId: office.id, include });
  }
  rmSync(repository, { recursive: true });
  await api.services.progress.waitFor(await headOf(api), 10_000);
  return [refused.at('userErrors'), ...(await answers(api, office))];
}

const seconds = (date: string) => Date.parse(`${date}T10:00:00Z`) / 1_000;
const HISTORY: readonly PlannedCommit[] = [
  { at: seconds('2021-01-01'), files: [['Vilkår for bruk.md', '# Vilkår\n\nEn\n']] },
  {
    at: seconds('2022-01-01'),
    files: [
      ['Vilkår for bruk.md', '# Vilkår\n\nTo\n'],
      ['b.txt', 'B'],
    ],
  },
  { at: seconds('2023-01-01'), files: [['b.txt', null]] },
];

async function headOf(api: TestApi) {
  const head = await api.services.app.store.head(['policy-']);
  if (head === undefined) throw new Error('Nothing was written.');
  return head;
}

async function answers(api: TestApi, { slug, officer }: Office): Promise<readonly unknown[]> {
  const days = [-4_000, -2_000, -1_500, -1_000, -1, 0, 9, 10, 19, 20, 29, 30, 31];
  const inForce = days
    .map((day, index) => `d${index}: inForce(asOf: { effectiveAt: "${at(day)}" }) { ${STATE} }`)
    .join('\n');
  const query = `{
    organisation(slug: "${slug}") { name timeZone policies { totalCount nodes {
      handle kind title sourcePath
      versions { totalCount nodes {
        sequence label effectiveFrom effectiveOn effectiveFromForExisting publishedAt imported status textOnly
        locales contents { locale text sha256 bytes } withdrawnFrom
        change { reasons noticeDuty compared } } }
      ${inForce}
    } } }
  }`;
  const facts = `query ($organisation: ID!) { facts(organisation: $organisation, first: 100) { nodes { type sentence(locale: "en") occurredAt data } } }`;
  const organisation = (await api.get(`{ organisation(slug: "${slug}") { id } }`)).at('organisation.id');
  return [(await api.get(query)).data, (await api.get(facts, { as: officer, variables: { organisation } })).data];
}

/** Whether it is a forecast is left out: a real log may hold facts of other tests that are further on. */
const STATE = 'version { label } reason { code rule } asOf { effectiveAt timeZone rules }';

/** Ids follow from the log's own id, and slugs are fresh: each is replaced by its order of appearance. */
function withoutIds(told: unknown): unknown {
  const seen = new Map<string, string>();
  const text = JSON.stringify(told).replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|same-[0-9a-f]{8}/g, (id) => {
    if (!seen.has(id)) seen.set(id, `#${seen.size}`);
    return seen.get(id) ?? '';
  });
  return JSON.parse(
    text.replace(/\b\d{4}-\d\d-\d\d [0-9a-f]{7,}\b/g, 'a commit').replace(/[0-9a-f]{40}\b/g, 'a commit'),
  );
}

async function toldOn(open: () => Promise<TestApi>): Promise<unknown> {
  const api = await open();
  try {
    const told = withoutIds(await tell(api));
    expect(api.faults).toEqual([]);
    return told;
  } finally {
    await api.close();
  }
}

describe('one history told to every store', () => {
  const now = new Date(NOW_MS).toISOString();
  let embedded: unknown;

  beforeAll(async () => {
    embedded = await toldOn(() => openTestApi(now));
  }, 60_000);

  it('says something', () => {
    const text = JSON.stringify(embedded);
    for (const word of [
      'STALE_VERSION',
      'Gammel tekst',
      'NOT_YET_PUBLISHED',
      'RETIRED',
      'VERSION_IN_FORCE',
      STATEMENT.contact,
    ]) {
      expect(text).toContain(word);
    }
  });

  it('gives the same answers on the protocol double', async () => {
    const double = await openEventStoreDbDouble();
    const open = async () => openTestApi(now, { store: await openEventStoreDb({ url: double.url }) });
    expect(await toldOn(open)).toEqual(embedded);
    await double.close();
  }, 60_000);

  if (url === undefined) {
    it.skip('gives the same answers on a real EventStoreDB (set EVENTSTORE_URL; see docs/eventstoredb.md)', () =>
      undefined);
    process.stderr.write(
      'SKIPPED: the same answers on a real EventStoreDB. To run it: EVENTSTORE_URL=… npx jest same-answers\n',
    );
    return;
  }
  it('gives the same answers on a real EventStoreDB', async () => {
    const open = async () =>
      openTestApi(now, { store: await openEventStoreDb({ url }), vault: await vaultBeside(url) });
    expect(await toldOn(open)).toEqual(embedded);
  }, 120_000);
});
