import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { policyStream } from '../../src/application/stream-names';
import type { StoredEvent } from '../../src/event-store/event-store';
import { openSqliteEventStore } from '../../src/event-store/sqlite/sqlite-event-store';
import { openTestApi, type TestApi } from '../support/api-harness';
import { peopleOf } from '../support/people-over-api';
import { type Office, openOffice, refusals, send, write } from '../support/policy-over-api';
import { emptyDirectories } from '../support/sqlite-log-files';

const CANARY = 'Kanarifugl Fjordland, tlf 99887766';
const NOW = '2024-06-15T10:00:00.000Z';
const LATER = '2024-09-01T00:00:00.000Z';

describe("reasons of an organisation's own", () => {
  const emptyDirectory = emptyDirectories();
  let directory: string;
  let api: TestApi;
  let office: Office;
  let policy: string;

  beforeEach(async () => {
    directory = emptyDirectory();
    api = await openTestApi(NOW, { store: openSqliteEventStore({ directory, clock: () => Date.parse(NOW) }) });
    office = await openOffice(api, 'fjordlys');
    policy = await office.createPolicy('privacy');
  });
  afterEach(async () => {
    expect(api.faults).toEqual([]);
    await api.close();
  });

  async function events(): Promise<readonly StoredEvent[]> {
    const read: StoredEvent[] = [];
    for await (const event of api.services.app.store.readStream(policyStream(policy), { from: 1 })) read.push(event);
    return read;
  }
  const bytesOnDisk = () =>
    Buffer.concat(
      readdirSync(directory)
        .filter((name) => name.startsWith('events.db'))
        .map((name) => readFileSync(join(directory, name))),
    );
  interface Fact {
    readonly type: string;
    readonly sentence: string;
    readonly data: string;
  }
  const factsOf = async (types: readonly string[], as = office.officer) => {
    const document = `query ($types: [String]) { facts(organisation: "${office.id}", types: $types, first: 100) { nodes { type sentence(locale: "en") data } } }`;
    return (await api.get(document.replace('[String]', '[String!]'), { as, variables: { types } })).at(
      'facts.nodes',
    ) as Fact[];
  };
  const withdraw = (version: string, more: object = {}) =>
    write(api, office.publisher, 'policyVersionWithdraw', { version, reason: CANARY, ...more }, 'version { id }');
  const retire = (more: object = {}) =>
    write(api, office.publisher, 'policyRetire', { policy, reason: CANARY, ...more }, 'policy { id }');
  async function importRevoked(): Promise<void> {
    const past = { policy, label: 'gammel', effectiveOn: '2020-01-01', locale: 'nb', format: 'PLAIN_TEXT', text: 'Ja' };
    const imported = await write(api, office.publisher, 'policyVersionImport', past, 'version { id }');
    const version = imported.at('version.id');
    const input = { version, reason: CANARY };
    await write(api, office.publisher, 'policyVersionImportRevoke', input, 'version { id }');
  }

  test('stand in no file of the log in clear, and are read by its officers and services', async () => {
    await importRevoked();
    const first = await office.publish(policy, { text: 'En' });
    await office.publish(policy, { text: 'To', reasons: ['WORDING'] });
    await withdraw(first.id);
    await retire();
    expect(bytesOnDisk().includes(policy)).toBe(true);
    for (const part of [CANARY, 'Kanarifugl', '99887766']) expect(bytesOnDisk().includes(part)).toBe(false);
    const types = ['PolicyVersionImportRevoked', 'PolicyVersionWithdrawn', 'PolicyRetired'];
    for (const reader of [office.officer, office.service]) {
      const facts = await factsOf(types, reader);
      expect(facts.map(({ type }) => type)).toEqual(types);
      for (const { data, sentence } of facts) {
        expect(JSON.parse(data)).toMatchObject({ policyId: policy, reason: CANARY });
        expect(data).not.toContain('sealedReason');
        expect(JSON.stringify(JSON.parse(data))).toBe(data);
        expect(sentence.endsWith(`: ${CANARY}`)).toBe(true);
      }
    }
  });

  test('a retirement that withdraws what is scheduled seals the reason anew for each of its events', async () => {
    await office.publish(policy, { text: 'En' });
    for (const label of ['2', '3']) {
      await office.publish(policy, { text: label, label, reasons: ['WORDING'], more: { effectiveFrom: LATER } });
    }
    await retire({ withdrawScheduled: true });
    const sealed = (await events()).slice(-3);
    expect(sealed.map(({ type }) => type)).toEqual([
      'PolicyVersionWithdrawn',
      'PolicyVersionWithdrawn',
      'PolicyRetired',
    ]);
    expect(new Set(sealed.map(({ data }) => data.sealedReason)).size).toBe(3);
    const facts = await factsOf(['PolicyVersionWithdrawn', 'PolicyRetired']);
    expect(facts.map(({ data }) => JSON.parse(data).reason)).toEqual([CANARY, CANARY, CANARY]);
  });

  test('a repetition writes nothing, and another reason under the same key is told', async () => {
    const first = await office.publish(policy, { text: 'En' });
    const input = { version: first.id, reason: CANARY, idempotencyKey: 'trekk' };
    const once = await write(api, office.publisher, 'policyVersionWithdraw', input, 'version { id }');
    const before = await events();
    const again = await write(api, office.publisher, 'policyVersionWithdraw', input, 'version { id }');
    expect(again.at('position')).toBe(once.at('position'));
    expect(await events()).toEqual(before);
    const other = await send(api, office.publisher, 'policyVersionWithdraw', { ...input, reason: 'En annen' });
    expect(refusals(other)).toEqual(['IDEMPOTENCY_CONFLICT']);
    expect(await events()).toEqual(before);
  });

  test('the person whom the policy concerns reads that it was withdrawn, and not why', async () => {
    const people = peopleOf(api, office);
    const kari = await people.register('kari');
    const first = await office.publish(policy, { text: 'En' });
    await withdraw(first.id);
    const document = `{ subject(id: "${kari.id}") { explanation(policy: "${policy}") { steps { sentence(locale: "en") fact { data sentence } } } } }`;
    const told = JSON.stringify((await api.get(document, { as: kari.token })).data);
    expect(told).toContain('Withdrew a version from');
    expect(told).not.toContain('Kanarifugl');
    expect(JSON.stringify((await api.get(document, { as: office.officer })).data)).toContain(CANARY);
  });

  test('events of older releases with the reason in clear are folded and read as ever', async () => {
    const { id: versionId } = await office.publish(policy, { text: 'En' });
    const { app } = api.services;
    const stored = await events();
    const last = stored.at(-1);
    const metadata = { ...last?.metadata, commandId: '7c1f9d52-4f6b-4d5e-9d0a-2f3b4c5d6e7f' };
    const data = { policyId: policy, versionId, from: NOW, reason: 'Gammel grunn', voidsDecisions: false };
    const event = { type: 'PolicyVersionWithdrawn', data: { ...data, rerooted: [], withdrawnAt: NOW }, metadata };
    const written = { ...event, id: '018c2f6e-7b1d-7c3a-9a55-3f2b1c0d9e8f' };
    await app.store.append(policyStream(policy), [written], stored.length);
    await office.publish(policy, { text: 'To' });
    await retire({ reason: 'Ny grunn' });
    const facts = await factsOf(['PolicyVersionWithdrawn', 'PolicyRetired']);
    expect(facts.map((fact) => JSON.parse(fact.data).reason)).toEqual(['Gammel grunn', 'Ny grunn']);
    expect(facts.map(({ sentence }) => sentence.split(': ').at(-1))).toEqual(['Gammel grunn', 'Ny grunn']);
    expect(
      refusals(await send(api, office.publisher, 'policyVersionWithdraw', { version: versionId, reason: 'x' })),
    ).toEqual(['VERSION_ALREADY_WITHDRAWN']);
  });
});
