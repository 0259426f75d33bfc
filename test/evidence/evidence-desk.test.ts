import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eraseSubject, placeLegalHold, requestErasure } from '../../src/application/erasures';
import { type Evidence, evidenceOf } from '../../src/application/evidence';
import { IdempotencyConflict } from '../../src/application/handle-command';
import { Refusal } from '../../src/domain/refusal';
import { addMs } from '../../src/domain/time';
import { StoreUnavailable } from '../../src/event-store/event-store';
import { MAX_FILES_OF_ORGANISATION, MAX_FILES_OF_PERSON } from '../../src/evidence/evidence-desk';
import type { EvidenceGenerator, EvidenceGenerators } from '../../src/evidence/evidence-generators';
import { OrderFailed } from '../../src/evidence/order-failed';
import { EVIDENCE_LIFE_MS } from '../../src/evidence/preparer';
import { LINK_LIFE_MS } from '../../src/evidence/signed-links';
import { collect } from '../support/event-store-samples';
import { type EvidenceOffice, openEvidenceOffice } from '../support/evidence-office';

const bytes = (text: string) => Buffer.from(text, 'utf8');

/** Says so when it has begun, and goes on when it is let. */
function heldGenerator() {
  let began: () => void = () => undefined;
  let release: () => void = () => undefined;
  const begun = new Promise<void>((resolve) => {
    began = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const generator: EvidenceGenerator = async function* (_, { signal, rows }) {
    rows(1, 3);
    yield bytes('canary-in-clear');
    began();
    await Promise.race([released, new Promise((resolve) => signal.addEventListener('abort', resolve))]);
    rows(3, 3);
    yield bytes(' and the rest');
  };
  return { generator, begun, release };
}

const copies = (generator: EvidenceGenerator): EvidenceGenerators => ({ SUBJECT_COPY: { JSON: generator } });
const saying = (text: string) =>
  copies(async function* () {
    yield bytes(text);
  });

describe('the desk where files are prepared', () => {
  let office: EvidenceOffice;
  let kari: string;
  const open = async (generators: EvidenceGenerators = saying('hello')) => {
    office = await openEvidenceOffice(generators);
    kari = await office.register({ externalId: 'kari' });
  };
  afterEach(() => office.close());

  const later = (ms: number) => {
    office.clock.now = addMs(office.clock.now, ms);
  };
  const filesThere = () => readdirSync(office.directory).filter((name) => !name.startsWith('orders.db'));
  const officer = (key?: string) => office.request('officer', key);
  const parse = (link: string | undefined) => {
    const [, id = '', expires = '', signature = ''] =
      /^\/evidence\/([0-9a-f-]{36})\?expires=(\d+)&signature=([\w-]{43})$/.exec(link ?? '') ?? [];
    return { id, part: { expires: Number(expires), signature } };
  };

  test('an order is a recorded fact, its file is made behind it, and is what its hash says', async () => {
    await open();
    const evidence = await office.orderCopy(kari);
    const [recorded] = await collect(office.app.store.readStream(`evidence-${evidence.evidenceId}`));
    expect(recorded).toMatchObject({
      type: 'EvidencePrepared',
      data: { kind: 'SUBJECT_COPY', format: 'JSON', subjectId: kari, requestedAt: office.clock.now },
    });
    await office.desk.idle();
    const sha256 = createHash('sha256').update('hello').digest('hex');
    const expiresAt = addMs(office.clock.now, EVIDENCE_LIFE_MS);
    const ready = { status: 'READY', rowsDone: 0, rowsTotal: 0, sha256, bytes: 5, expiresAt };
    expect(await office.desk.stateOf(evidence)).toEqual(ready);
    expect(String(await office.bytesOf(evidence))).toBe('hello');
  });

  test('stands in the facts of the person and of the organisation', async () => {
    await open();
    await office.orderCopy(kari);
    await office.applied();
    const { readModels } = office.models;
    const about = { organisation: office.organisationId, limit: 10 };
    const types = (range: object) =>
      readModels.factsPage({ ...about, ...range }, readModels.applied()).rows.map(({ type }) => type);
    expect(types({ subject: kari })).toEqual(['SubjectRegistered', 'EvidencePrepared']);
    expect(types({})).toContain('EvidencePrepared');
    const first = readModels.factOfSubject(kari, 1, readModels.applied());
    expect(first?.type).toBe('SubjectRegistered');
  });

  test('files are for their owner alone', async () => {
    await open();
    await office.orderCopy(kari);
    await office.desk.idle();
    expect(statSync(office.directory).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(office.directory)) {
      expect([name, statSync(join(office.directory, name)).mode & 0o777]).toEqual([name, 0o600]);
    }
  });

  test('the same command again is the same file; with another input it is a conflict', async () => {
    await open();
    const first = await office.orderCopy(kari, { key: 'a' });
    later(60_000);
    expect(await office.orderCopy(kari, { key: 'a' })).toEqual(first);
    await expect(office.orderCopy(kari, { key: 'a', format: 'PDF' })).rejects.toBeInstanceOf(IdempotencyConflict);
    const hundred = await Promise.all(Array.from({ length: 100 }, () => office.orderCopy(kari, { key: 'b' })));
    expect(new Set(hundred.map(({ evidenceId }) => evidenceId)).size).toBe(1);
    await office.desk.idle();
    expect(filesThere()).toHaveLength(2);
  });

  test('how far it is can be followed', async () => {
    const held = heldGenerator();
    await open(copies(held.generator));
    const evidence = await office.orderCopy(kari);
    await held.begun;
    expect(await office.desk.stateOf(evidence)).toEqual({ status: 'PREPARING', rowsDone: 1, rowsTotal: 3 });
    expect(await office.desk.linkTo(evidence)).toBeUndefined();
    held.release();
    await office.desk.idle();
    expect(await office.desk.stateOf(evidence)).toMatchObject({ status: 'READY', rowsDone: 3, rowsTotal: 3 });
  });

  test('what was under way is begun anew after a restart, and nothing half-written is left', async () => {
    const held = heldGenerator();
    await open(copies(held.generator));
    const first = await office.orderCopy(kari);
    const second = await office.orderCopy(kari);
    await held.begun;
    const desk = await office.reopened(saying('whole'));
    await desk.idle();
    expect(String(await office.bytesOf(first))).toBe('whole');
    expect(String(await office.bytesOf(second))).toBe('whole');
    expect(filesThere().sort()).toEqual([first.evidenceId, second.evidenceId].sort());
  });

  test('a file that was lost, or never noted, is made again when it is asked for', async () => {
    await open();
    const evidence = await office.orderCopy(kari);
    await office.desk.idle();
    await office.files.removePerson(kari);
    expect(await office.desk.stateOf(evidence)).toMatchObject({ status: 'PREPARING' });
    await office.desk.idle();
    expect(await office.desk.stateOf(evidence)).toMatchObject({ status: 'READY' });
  });

  test('is gone after seven days, and stays gone', async () => {
    await open();
    const evidence = await office.orderCopy(kari);
    await office.desk.idle();
    const link = parse(await office.desk.linkTo(evidence));
    later(EVIDENCE_LIFE_MS - 1);
    expect(await office.desk.stateOf(evidence)).toMatchObject({ status: 'READY' });
    expect(await office.desk.removeExpired()).toBe(0);
    later(1);
    expect(await office.desk.stateOf(evidence)).toEqual({ status: 'EXPIRED' });
    expect(await office.desk.open(link.id, link.part)).toBe('LINK_EXPIRED');
    expect(await office.desk.removeExpired()).toBe(1);
    expect(filesThere()).toEqual([]);
    expect(await office.desk.stateOf(evidence)).toEqual({ status: 'EXPIRED' });
  });

  test('a start removes files that belong to no order', async () => {
    await open();
    const stray = ['6f708192-a3b4-55c6-97d8-e9f0a1b2c310', '6f708192-a3b4-55c6-97d8-e9f0a1b2c311.draft'];
    for (const name of [...stray, 'notes.txt']) writeFileSync(join(office.directory, name), 'canary');
    await office.reopened(saying('hello'));
    expect(filesThere()).toEqual(['notes.txt']);
  });

  describe('a link', () => {
    const fetched = async () => {
      await open();
      const evidence = await office.orderCopy(kari);
      await office.desk.idle();
      return { evidence, link: parse(await office.desk.linkTo(evidence)) };
    };

    test('is good for minutes, on every node that has the vault', async () => {
      const { evidence, link } = await fetched();
      const download = await office.desk.open(link.id, link.part);
      expect(download).toMatchObject({ bytes: 5, mediaType: 'application/json; charset=utf-8' });
      if (typeof download === 'string') throw new Error(download);
      expect(download.fileName).toBe(`subject-copy-${evidence.evidenceId}.json`);
      download.content.destroy();
      later(LINK_LIFE_MS - 1);
      const again = await office.desk.open(link.id, link.part);
      if (typeof again === 'string') throw new Error(again);
      again.content.destroy();
      later(1);
      expect(await office.desk.open(link.id, link.part)).toBe('LINK_EXPIRED');
    });

    test('of another file, another time or another signature is no good', async () => {
      const { link } = await fetched();
      const other = await office.orderCopy(kari);
      const { expires, signature } = link.part;
      const flipped = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`;
      const wrong: [string, number, string][] = [
        [other.evidenceId, expires, signature],
        [link.id, expires + 1, signature],
        [link.id, expires, flipped],
        [link.id, expires, ''],
        [link.id, expires, 'x'.repeat(1_000)],
        [link.id, Number.NaN, signature],
        [link.id.toUpperCase(), expires, signature],
        ['00000000-0000-0000-0000-000000000000', expires, signature],
        ['../orders.db', expires, signature],
        ['', expires, signature],
      ];
      for (const [id, at, signed] of wrong) {
        expect([id, at, await office.desk.open(id, { expires: at, signature: signed })]).toEqual([
          id,
          at,
          'LINK_INVALID',
        ]);
      }
    });

    test('never outlives its file', async () => {
      const { evidence } = await fetched();
      later(EVIDENCE_LIFE_MS - 60_000);
      const { part } = parse(await office.desk.linkTo(evidence));
      expect(part.expires * 1_000).toBe(Date.parse(office.clock.now) + 60_000);
    });
  });

  describe('an erasure', () => {
    const reason = 'Art. 17';

    test('removes the files of the person before its outcome is recorded, and nobody else’s', async () => {
      await open(saying('canary-in-clear'));
      const ola = await office.register({ externalId: 'ola' });
      const kept = await office.orderCopy(ola);
      const evidence = await office.orderCopy(kari);
      await office.desk.idle();
      const link = parse(await office.desk.linkTo(evidence));
      const atOutcome: string[][] = [];
      const { vault } = office.app;
      const erase = vault.eraseSubject.bind(vault);
      const eraseWatched = (id: string) => {
        atOutcome.push(filesThere());
        return erase(id);
      };
      const watching = { ...vault, eraseSubject: eraseWatched };
      await eraseSubject({ ...office.app, vault: watching }, await officer(), { subjectId: kari, reason });
      expect(atOutcome).toEqual([[kept.evidenceId]]);
      expect(await office.typesOf(kari)).toEqual(expect.arrayContaining(['SubjectErased']));
      await office.applied();
      expect(await office.desk.stateOf(evidence)).toEqual({ status: 'EXPIRED' });
      expect(await office.desk.open(link.id, link.part)).toBe('EVIDENCE_GONE');
      await office.desk.idle();
      expect(filesThere()).toEqual([kept.evidenceId]);
      expect(await evidenceOf(office.app, evidence.evidenceId)).toEqual(evidence);
    });

    test('stops a file that is being made, and leaves none of it', async () => {
      const held = heldGenerator();
      await open(copies(held.generator));
      await office.orderCopy(kari);
      await office.orderCopy(kari);
      await held.begun;
      expect(filesThere()).toHaveLength(1);
      await eraseSubject(office.app, await officer(), { subjectId: kari, reason });
      await office.desk.idle();
      expect(filesThere()).toEqual([]);
      expect(await office.files.waiting()).toEqual([]);
      expect(office.faults).toEqual([]);
    });

    test('that was begun on another node is found in the log', async () => {
      await open(saying('canary-in-clear'));
      await office.orderCopy(kari);
      await office.desk.idle();
      expect(filesThere()).toHaveLength(1);
      const elsewhere = { ...office.app, forgetting: new Set<(id: string) => Promise<unknown>>() };
      await eraseSubject(elsewhere, await officer(), { subjectId: kari, reason });
      await office.applied();
      for (let tries = 0; filesThere().length > 0 && tries < 200; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      expect(filesThere()).toEqual([]);
    });

    test('that ended while a node was down is found when it starts', async () => {
      await open(saying('canary-in-clear'));
      await office.orderCopy(kari);
      await office.desk.idle();
      await office.desk.close();
      await eraseSubject(office.app, await officer(), { subjectId: kari, reason });
      await office.applied();
      expect(filesThere()).toHaveLength(1);
      await office.reopened(saying('hello'));
      for (let tries = 0; filesThere().length > 0 && tries < 200; tries += 1) {
        await new Promise((resolve) => setTimeout(resolve, 25));
      }
      expect(filesThere()).toEqual([]);
    });

    test('lets no order follow; one that was recorded just before makes no file', async () => {
      const held = heldGenerator();
      await open(copies(held.generator));
      const before = await office.orderCopy(await office.register({ externalId: 'ola' }));
      await held.begun;
      const evidence = await office.orderCopy(kari);
      await office.desk.forget(kari);
      await eraseSubject(office.app, await officer(), { subjectId: kari, reason });
      await office.files.add({ id: evidence.evidenceId, subjectId: kari });
      held.release();
      await office.desk.idle();
      expect(filesThere()).toEqual([before.evidenceId]);
      await expect(office.orderCopy(kari)).rejects.toMatchObject({ code: 'SUBJECT_ERASED' });
    });

    test('only asked for, or held, removes nothing', async () => {
      await open();
      await office.orderCopy(kari);
      await office.desk.idle();
      await requestErasure(office.app, await officer(), { subjectId: kari });
      await placeLegalHold(office.app, await officer(), { subjectId: kari, reason });
      await eraseSubject(office.app, await officer(), { subjectId: kari, reason });
      await office.applied();
      expect(filesThere()).toHaveLength(1);
      await office.orderCopy(kari);
    });
  });

  describe('what goes wrong', () => {
    test('a fault of a generator fails its file by a code, is told once, and holds up no other', async () => {
      let turn = 0;
      await open(
        copies(async function* () {
          turn += 1;
          yield bytes('half');
          if (turn === 1) throw new Error('A fault of the test.');
        }),
      );
      const first = await office.orderCopy(kari);
      const second = await office.orderCopy(kari);
      await office.desk.idle();
      expect(await office.desk.stateOf(first)).toEqual({ status: 'FAILED', failure: 'PREPARATION_FAILED' });
      expect(await office.desk.stateOf(second)).toMatchObject({ status: 'READY' });
      expect(office.faults).toHaveLength(1);
      expect(filesThere()).toEqual([second.evidenceId]);
      expect(await office.desk.linkTo(first)).toBeUndefined();
    });

    test('a store that does not answer is asked again later', async () => {
      let turn = 0;
      await open(
        copies(async function* () {
          turn += 1;
          if (turn < 3) throw new StoreUnavailable('The store is away.');
          yield bytes('whole');
        }),
      );
      const evidence = await office.orderCopy(kari);
      for (let tries = 0; turn < 3 && tries < 200; tries += 1) await new Promise((resolve) => setTimeout(resolve, 25));
      await office.desk.idle();
      expect(String(await office.bytesOf(evidence))).toBe('whole');
      expect(office.faults).toEqual([]);
    });

    test('an order of a kind that a release no longer makes fails by a code', async () => {
      await open();
      await office.desk.close();
      const evidence = await office.orderCopy(kari);
      const desk = await office.reopened({});
      await desk.idle();
      expect(await desk.stateOf(evidence)).toEqual({ status: 'FAILED', failure: 'EVIDENCE_KIND_NOT_AVAILABLE' });
    });

    test('kinds and formats that are not made here are refused by name', async () => {
      await open();
      const refusal = (kind: 'AUDIT' | 'SUBJECT_COPY', format: 'CSV' | 'JSON') => {
        try {
          office.desk.assertOffered(kind, format);
        } catch (error) {
          if (error instanceof Refusal) return [error.code, ...error.path];
          throw error;
        }
        return [];
      };
      expect(refusal('AUDIT', 'CSV')).toEqual(['EVIDENCE_KIND_NOT_AVAILABLE', 'kind']);
      expect(refusal('SUBJECT_COPY', 'CSV')).toEqual(['EVIDENCE_FORMAT_NOT_AVAILABLE', 'format']);
      expect(refusal('SUBJECT_COPY', 'JSON')).toEqual([]);
    });

    test('a person has so many files at most, and the others are not recorded', async () => {
      await open();
      for (let turn = 0; turn < MAX_FILES_OF_PERSON; turn += 1) await office.orderCopy(kari);
      await expect(office.orderCopy(kari)).rejects.toMatchObject({ code: 'EVIDENCE_TOO_MANY' });
      await office.applied();
      const { readModels } = office.models;
      const range = { organisation: office.organisationId, types: ['EvidencePrepared'], limit: 100 };
      expect(readModels.factsPage(range, readModels.applied()).rows).toHaveLength(MAX_FILES_OF_PERSON);
      await office.orderCopy(await office.register({ externalId: 'ola' }));
    });

    describe('an organisation that has all its files', () => {
      const audit = { kind: 'AUDIT', format: 'CSV' } as const;
      const orderAll = async () => {
        const orders = [];
        for (let made = 0; made < MAX_FILES_OF_ORGANISATION; made += 1) orders.push(await office.orderExport(audit));
        return orders;
      };
      const statusOf = async (evidence: Evidence) => (await office.desk.stateOf(evidence)).status;
      const exports = (generator: EvidenceGenerator): EvidenceGenerators => ({
        AUDIT: { CSV: generator },
        SUBJECT_COPY: { JSON: generator },
      });
      const greeting: EvidenceGenerator = async function* () {
        yield bytes('hello');
      };

      test('gets another, for which the oldest gives way; copies for persons and other organisations are untouched', async () => {
        await open(exports(greeting));
        const copy = await office.orderCopy(kari);
        const [first, second, ...rest] = await orderAll();
        await office.desk.idle();
        if (!first || !second) throw new Error('Nothing was ordered.');
        const link = parse(await office.desk.linkTo(first));
        later(60_000);
        const another = await office.orderExport(audit);
        await office.desk.idle();
        expect([await statusOf(first), await statusOf(second), await statusOf(another)]).toEqual([
          'EXPIRED',
          'READY',
          'READY',
        ]);
        for (const each of [copy, ...rest]) expect(await statusOf(each)).toBe('READY');
        expect(filesThere()).not.toContain(first.evidenceId);
        expect(filesThere()).toHaveLength(MAX_FILES_OF_ORGANISATION + 1);
        expect(await office.desk.open(link.id, link.part)).toBe('EVIDENCE_GONE');
        await office.orderExport(audit);
        expect(await statusOf(second)).toBe('EXPIRED');
      });

      test('what gave way stays so, after a restart and for as long as it would have been there', async () => {
        await open(exports(greeting));
        const [first] = await orderAll();
        await office.desk.idle();
        await office.orderExport(audit);
        await office.desk.idle();
        if (!first) throw new Error('Nothing was ordered.');
        await office.reopened();
        expect(await statusOf(first)).toBe('EXPIRED');
        later(EVIDENCE_LIFE_MS - 1);
        expect(await statusOf(first)).toBe('EXPIRED');
        later(1);
        expect(await office.desk.removeExpired()).toBeGreaterThanOrEqual(MAX_FILES_OF_ORGANISATION + 1);
        expect(await statusOf(first)).toBe('EXPIRED');
        expect(filesThere()).toEqual([]);
      });

      test('is refused another while all of them are being prepared, and none is lost by that', async () => {
        const held = heldGenerator();
        await open(exports(held.generator));
        const orders = await orderAll();
        await held.begun;
        await expect(office.orderExport(audit)).rejects.toMatchObject({ code: 'EVIDENCE_TOO_MANY' });
        for (const each of orders) expect(await statusOf(each)).toBe('PREPARING');
        await office.orderCopy(kari);
        held.release();
        await office.desk.idle();
        for (const each of orders) expect(await statusOf(each)).toBe('READY');
      });

      test('loses one that failed before one that is ready', async () => {
        let made = 0;
        await open(
          exports(async function* () {
            made += 1;
            if (made === 7) throw new OrderFailed('BUNDLE_TOO_LARGE');
            yield bytes('hello');
          }),
        );
        const orders = await orderAll();
        await office.desk.idle();
        const [failed] = orders.slice(6);
        if (!failed) throw new Error('Nothing was ordered.');
        expect(await statusOf(failed)).toBe('FAILED');
        await office.orderExport(audit);
        await office.desk.idle();
        const statuses = [];
        for (const each of orders) statuses.push(await statusOf(each));
        expect(statuses.filter((status) => status === 'EXPIRED')).toHaveLength(1);
        expect(await statusOf(failed)).toBe('EXPIRED');
      });
    });

    test('nothing personal stands in the orders', async () => {
      await open(saying('canary-in-clear'));
      await office.orderCopy(kari);
      await office.desk.idle();
      const orders = readdirSync(office.directory).filter((name) => name.startsWith('orders.db'));
      expect(orders.map((name) => readFileSync(join(office.directory, name), 'latin1')).join()).not.toContain('canary');
    });
  });
});
