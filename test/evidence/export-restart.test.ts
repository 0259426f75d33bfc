import { createHash } from 'node:crypto';
import { appendFileSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eraseSubject } from '../../src/application/erasures';
import { registerSubjects } from '../../src/application/subject-rows';
import { addMs } from '../../src/domain/time';
import { auditCsv } from '../../src/evidence/audit-export/audit-csv';
import { auditJson } from '../../src/evidence/audit-export/audit-json';
import { type EvidenceGenerator, type EvidenceGenerators, MarkOutdated } from '../../src/evidence/evidence-generators';
import { MARK_EVERY_BYTES } from '../../src/evidence/preparer';
import { type EvidenceOffice, openEvidenceOffice } from '../support/evidence-office';

const audits = (generator: EvidenceGenerator): EvidenceGenerators => ({ AUDIT: { CSV: generator } });

/** Four large pieces, each marked by its number; waits before the piece that it is told to. */
function pieces(holdBefore?: number) {
  const resumed: (string | undefined)[] = [];
  let began: () => void = () => undefined;
  const held = new Promise<void>((resolve) => {
    began = resolve;
  });
  const generator: EvidenceGenerator = async function* (_, work) {
    resumed.push(work.resumed);
    for (let at = Number(work.resumed ?? 0); at < 4; at += 1) {
      if (at === holdBefore) {
        began();
        await new Promise((resolve) => work.signal.addEventListener('abort', resolve));
        work.signal.throwIfAborted();
      }
      yield Buffer.alloc(MARK_EVERY_BYTES, at + 1);
      work.mark?.(String(at + 1));
      work.rows(at + 1, 4);
    }
  };
  return { generator, held, resumed };
}

const whole = Buffer.concat([1, 2, 3, 4].map((value) => Buffer.alloc(MARK_EVERY_BYTES, value)));
const sha256 = createHash('sha256').update(whole).digest('hex');

describe('an export that is broken off', () => {
  let office: EvidenceOffice;
  const open = async (generators?: EvidenceGenerators) => {
    office = await openEvidenceOffice(generators);
  };
  afterEach(() => office.close());

  const order = (more: object = {}) => office.orderExport({ kind: 'AUDIT', format: 'CSV', ...more });
  const drafts = () => readdirSync(office.directory).filter((name) => name.endsWith('.draft'));
  const draft = () => join(office.directory, drafts()[0] ?? 'none');

  test('goes on after a restart where it was marked, and is the same bytes', async () => {
    const first = pieces(3);
    await open(audits(first.generator));
    const evidence = await order();
    await first.held;
    const second = pieces();
    const desk = await office.reopened(audits(second.generator));
    await desk.idle();
    // The last piece is marked only by the one that comes after it.
    expect([first.resumed, second.resumed]).toEqual([[undefined], ['2']]);
    expect(await desk.stateOf(evidence)).toMatchObject({ status: 'READY', sha256, bytes: whole.length, rowsDone: 4 });
    expect((await office.bytesOf(evidence)).equals(whole)).toBe(true);
    expect(drafts()).toEqual([]);
  });

  test('loses what a crash left behind its mark, and nothing before it', async () => {
    const first = pieces(3);
    await open(audits(first.generator));
    const evidence = await order();
    await first.held;
    await office.desk.close();
    appendFileSync(draft(), Buffer.alloc(100_000, 9));
    const second = pieces();
    const desk = await office.reopened(audits(second.generator));
    await desk.idle();
    expect(second.resumed).toEqual(['2']);
    expect(await desk.stateOf(evidence)).toMatchObject({ status: 'READY', sha256, bytes: whole.length });
  });

  test.each([
    [
      'another byte in it',
      (path: string) => writeFileSync(path, Buffer.concat([Buffer.from([9]), readFileSync(path).subarray(1)])),
    ],
    ['its end cut off', (path: string) => truncateSync(path, MARK_EVERY_BYTES)],
    ['nothing left of it', (path: string) => truncateSync(path, 0)],
    ['been taken away', (path: string) => rmSync(path)],
  ])('is begun anew when its draft has %s', async (_, harm) => {
    const first = pieces(3);
    await open(audits(first.generator));
    const evidence = await order();
    await first.held;
    await office.desk.close();
    harm(draft());
    const second = pieces();
    const desk = await office.reopened(audits(second.generator));
    for (let tries = 0; tries < 200 && (await desk.stateOf(evidence)).status === 'PREPARING'; tries += 1) {
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(second.resumed.at(-1)).toBeUndefined();
    expect(await desk.stateOf(evidence)).toMatchObject({ status: 'READY', sha256 });
    expect(office.faults).toEqual([]);
  });

  test('is begun anew when a release writes it otherwise', async () => {
    const first = pieces(3);
    await open(audits(first.generator));
    const evidence = await order();
    await first.held;
    const turns: unknown[] = [];
    const otherwise: EvidenceGenerator = async function* (_, { resumed }) {
      turns.push(resumed);
      if (resumed !== undefined) throw new MarkOutdated('Of another release.');
      yield Buffer.from('otherwise');
    };
    const desk = await office.reopened(audits(otherwise));
    await desk.idle();
    expect(turns).toEqual(['2', undefined]);
    expect(String(await office.bytesOf(evidence))).toBe('otherwise');
    expect(office.faults).toEqual([]);
  });

  test('leaves nothing behind when it fails for good', async () => {
    let turn = 0;
    const { generator } = pieces();
    await open(
      audits(async function* (evidence, work) {
        for await (const piece of generator(evidence, work)) {
          turn += 1;
          if (turn === 4) throw new Error('A fault of the test.');
          yield piece;
        }
      }),
    );
    const evidence = await order();
    await office.desk.idle();
    expect(await office.desk.stateOf(evidence)).toEqual({ status: 'FAILED', failure: 'PREPARATION_FAILED' });
    expect(readdirSync(office.directory).filter((name) => !name.startsWith('orders.db'))).toEqual([]);
  });

  describe('while it holds values of many', () => {
    const reason = 'Art. 17';
    const begin = async () => {
      const first = pieces(3);
      await open(audits(first.generator));
      const kari = await office.register({ externalId: 'kari' });
      const evidence = await order({ personalValues: true });
      await first.held;
      expect(statSync(draft()).size).toBeGreaterThan(MARK_EVERY_BYTES);
      return { kari, evidence };
    };

    test('is stopped and removed before the outcome of an erasure is recorded', async () => {
      const { kari, evidence } = await begin();
      const { vault } = office.app;
      const atOutcome: string[][] = [];
      const eraseWatched: typeof vault.eraseSubject = (id) => {
        atOutcome.push(drafts());
        return vault.eraseSubject(id);
      };
      const app = { ...office.app, vault: { ...vault, eraseSubject: eraseWatched } };
      await eraseSubject(app, await office.request('officer'), { subjectId: kari, reason });
      expect(atOutcome).toEqual([[]]);
      await office.applied();
      await office.desk.idle();
      expect(await office.desk.stateOf(evidence)).toEqual({ status: 'EXPIRED' });
      expect(await office.files.waiting()).toEqual([]);
      expect(office.faults).toEqual([]);
    });

    test('does not go on after a restart when somebody was erased meanwhile', async () => {
      const { kari, evidence } = await begin();
      await office.desk.close();
      expect(drafts()).toHaveLength(1);
      await eraseSubject(office.app, await office.request('officer'), { subjectId: kari, reason });
      const second = pieces();
      const desk = await office.reopened(audits(second.generator));
      await desk.idle();
      expect(second.resumed).toEqual([]);
      expect(readdirSync(office.directory).filter((name) => !name.startsWith('orders.db'))).toEqual([]);
      expect(await desk.stateOf(evidence)).toEqual({ status: 'EXPIRED' });
    });

    test('is removed when an erasure begins elsewhere between its last byte and its completion', async () => {
      await open();
      const kari = await office.register({ externalId: 'kari' });
      const elsewhere = { ...office.app, forgetting: new Set<(id: string) => Promise<unknown>>() };
      const officer = await office.request('officer');
      const desk = await office.reopened(
        audits(async function* () {
          yield Buffer.from('kari in clear');
          await eraseSubject(elsewhere, officer, { subjectId: kari, reason });
        }),
      );
      const evidence = await order({ personalValues: true });
      await desk.idle();
      expect(readdirSync(office.directory).filter((name) => !name.startsWith('orders.db'))).toEqual([]);
      expect(await desk.stateOf(evidence)).toEqual({ status: 'EXPIRED' });
    });
  });

  test.each([
    ['JSON', auditJson],
    ['CSV', auditCsv],
  ] as const)('an audit as %s may be broken off behind any of its turns', async (format, generatorOf) => {
    await open();
    const first = await office.publish('personvern');
    await office.publish('vilkaar', { kind: 'TERMS' });
    expect(first.policyId).toBeDefined();
    const rows = Array.from({ length: 950 }, (_, n) => ({ externalId: `p${n}`, categories: ['customer'] }));
    const { organisationId } = office;
    await registerSubjects(office.app, await office.request('service'), { organisationId, rows });
    office.clock.now = addMs(office.clock.now, 1_000);
    const evidence = await office.orderExport({ kind: 'AUDIT', format });
    await office.desk.idle();
    const expected = await office.bytesOf(evidence);

    const { app, models } = office;
    const generator = generatorOf({ app, readModels: models.readModels });
    const prefix = models.readModels.prefixAtPosition(evidence.position);
    if (!prefix) throw new Error('The order is of a prefix that is not known.');
    const work = { prefix, signal: new AbortController().signal, rows: () => undefined };
    const marks: { readonly bytes: number; readonly state: string }[] = [];
    let bytes = 0;
    for await (const piece of generator(evidence, { ...work, mark: (state) => void marks.push({ bytes, state }) })) {
      bytes += piece.length;
    }
    expect(marks.length).toBeGreaterThan(8);
    for (const { bytes: before, state } of marks) {
      const rest: Uint8Array[] = [];
      for await (const piece of generator(evidence, { ...work, resumed: state })) rest.push(piece);
      expect(Buffer.concat([expected.subarray(0, before), ...rest]).equals(expected)).toBe(true);
    }
    const [mark] = marks;
    const outdated = String(mark?.state).replace(/"fingerprint":"./, '"fingerprint":"x');
    await expect(
      generator(evidence, { ...work, resumed: outdated })
        [Symbol.asyncIterator]()
        .next(),
    ).rejects.toThrow(MarkOutdated);
  });
});
