import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { giveConsent } from '../../../src/application/decisions';
import { eraseSubject } from '../../../src/application/erasures';
import { IdempotencyConflict } from '../../../src/application/handle-command';
import { decisionFile } from '../../../src/application/imports/decision-file';
import type { DecisionRow, NumberedRow } from '../../../src/application/imports/decision-rows';
import {
  type DecisionsImport,
  importDecisionRows,
  importDecisions,
} from '../../../src/application/imports/import-decisions';
import { NotFound } from '../../../src/application/not-found';
import { addVersionLocale } from '../../../src/application/policy-versions';
import { importStream } from '../../../src/application/stream-names';
import { registerSubjects } from '../../../src/application/subject-rows';
import { classifySubject } from '../../../src/application/subjects';
import type { RowRefused } from '../../../src/domain/refusal';
import { addMs, type Instant, parseInstant } from '../../../src/domain/time';
import type { EventStore } from '../../../src/event-store/event-store';
import { StoreUnavailable } from '../../../src/event-store/event-store';
import { openSqliteEventStore } from '../../../src/event-store/sqlite/sqlite-event-store';
import { collect } from '../../support/event-store-samples';
import { byClick, openPeopleOffice, type PeopleOffice, type ShownVersion } from '../../support/people-office';
import { day } from '../../support/policy-stories';

const MARCH = parseInstant('2019-03-01T09:00:00+01:00');

describe('importing old decisions (I3)', () => {
  let office: PeopleOffice;
  let version: ShownVersion;
  let appends: number;
  let failsAfter: number;
  beforeEach(async () => {
    appends = 0;
    failsAfter = Number.POSITIVE_INFINITY;
    office = await openPeopleOffice(failing(openSqliteEventStore({ clock: Date.now })));
    office.clock.now = day('2018-05-01');
    version = await office.publish('privacy', { label: 'Versjon 1' });
    office.clock.now = day('2024-06-15');
  });
  afterEach(() => office.close());

  /** The real store, whose disk is full after some appends of persons. */
  function failing(store: EventStore): EventStore {
    return {
      append: async (stream, events, expected) => {
        if (stream.startsWith('subject-') && ++appends > failsAfter) throw new StoreUnavailable('The disk is full.');
        return store.append(stream, events, expected);
      },
      readStream: (stream, range) => store.readStream(stream, range),
      readAll: (range) => store.readAll(range),
      head: (prefixes) => store.head(prefixes),
      subscribe: (options) => store.subscribe(options),
      comparePositions: (a, b) => store.comparePositions(a, b),
      isPosition: (text) => store.isPosition(text),
      close: () => store.close(),
    };
  }

  const service = (key?: string) => office.request('service', key);
  const given = (externalId: string, more: Partial<DecisionRow> = {}): DecisionRow => ({
    externalId,
    fact: 'CONSENT_GIVEN',
    policy: 'fjordlys/privacy',
    version: 'Versjon 1',
    purposes: ['newsletter'],
    method: 'PAPER_FORM',
    occurredAt: MARCH,
    ...more,
  });

  async function people(count: number): Promise<readonly string[]> {
    const rows = Array.from({ length: count }, (_, index) => ({ externalId: `p${index}`, categories: ['customer'] }));
    return (await registerSubjects(office.app, await service(), { organisationId: office.organisationId, rows })).ids;
  }

  async function run(rows: readonly DecisionRow[], key?: string, more: Partial<DecisionsImport> = {}, node = office) {
    const { organisationId } = office;
    const { rows: _, ...rest } = more;
    return importDecisionRows(node.app, await service(key), { organisationId, rows, ...rest });
  }

  async function refused(rows: readonly DecisionRow[]): Promise<readonly Pick<RowRefused, 'row' | 'code'>[]> {
    try {
      await run(rows);
    } catch (error) {
      const { code, details } = error as { code: string; details: { rows: readonly RowRefused[] } };
      expect(code).toBe('ROWS_REFUSED');
      return details.rows.map(({ row, code: of }) => ({ row, code: of }));
    }
    throw new Error('Nothing was refused.');
  }

  async function eventsOf(subjectIds: readonly string[]) {
    return (await Promise.all(subjectIds.map((id) => office.eventsOf(id)))).flat();
  }

  it('writes each with its old date, as told now, and closes', async () => {
    const ids = await people(2);
    const { policyId, versionId, contentSha256 } = version;
    const notice = { version: versionId, policy: policyId, channel: 'LETTER' } as const;
    const rows: DecisionRow[] = [
      { externalId: 'p0', fact: 'NOTICE_SHOWN', ...notice, occurredAt: MARCH },
      given('p0'),
      given('p1', { fact: 'CONSENT_REFUSED', locale: 'nb', contentSha256, channel: 'LETTER' }),
      {
        externalId: 'p0',
        fact: 'CONSENT_WITHDRAWN',
        policy: 'privacy',
        purposes: ['newsletter'],
        occurredAt: day('2020-05-01'),
      },
    ];
    const { id = '', imported, refused: bad, position } = await run(rows);
    expect([imported, bad]).toEqual([4, 0]);
    expect(await office.typesOf(ids[0] ?? '')).toEqual([
      'SubjectRegistered',
      'NoticeShown',
      'ConsentGiven',
      'ConsentWithdrawn',
    ]);
    const [, , consent] = await office.eventsOf(ids[0] ?? '');
    expect(consent?.data).toMatchObject({
      policyId,
      versionId,
      locale: 'nb',
      contentSha256,
      channel: 'APP',
      method: 'PAPER_FORM',
      occurredAt: '2019-03-01T08:00:00.000Z',
      validFrom: '2019-03-01T08:00:00.000Z',
      live: false,
      notedAt: office.clock.now,
      imported: true,
    });
    const [completed] = await collect(office.app.store.readStream(importStream(id)));
    expect(completed?.position).toBe(position);
    expect(completed?.data).toMatchObject({ importId: id, organisationId: office.organisationId, rows: 4 });
    expect(JSON.stringify([completed, await eventsOf(ids)])).not.toMatch(/"p[01]"/);
  });

  it('that is only a dry run writes nothing', async () => {
    const ids = await people(1);
    expect(await run([given('p0')], 'key', { dryRun: true })).toEqual({
      id: undefined,
      position: undefined,
      imported: 1,
      repeated: 0,
      refused: 0,
    });
    expect(await eventsOf(ids)).toHaveLength(1);
    expect((await run([given('p0')], 'key')).imported).toBe(1);
  });

  it('with some rows that are wrong names all of them, and writes none', async () => {
    const ids = await people(1);
    const { policyId, versionId } = version;
    const second = await office.publish('privacy', { label: 'Versjon 2' });
    const rows = [
      given('p0'),
      given('nobody'),
      given(''),
      given('p0', { policy: 'fjordlys/none' }),
      given('p0', { policy: 'a/b/c' }),
      given('p0', { policy: '0d9b1f5e-1f7a-4b8e-9a51-1e9c6f3a7b01' }),
      { externalId: 'p0', fact: 'CONSENT_GIVEN', occurredAt: MARCH, version: versionId } as const,
      given('p0', { version: 'Versjon 9' }),
      { externalId: 'p0', fact: 'TERMS_ACCEPTED', policy: policyId, method: 'TYPED', occurredAt: MARCH } as const,
      given('p0', { version: second.versionId }),
      given('p0', { contentSha256: second.contentSha256 }),
      given('p0', { locale: 'se' }),
      given('p0', { purposes: ['astrology'] }),
      given('p0', { purposes: [] }),
      given('p0', { method: 'SILENCE' }),
      {
        externalId: 'p0',
        fact: 'CONSENT_GIVEN',
        policy: policyId,
        version: versionId,
        purposes: ['newsletter'],
        occurredAt: MARCH,
      } as const,
      { externalId: 'p0', fact: 'NOTICE_SHOWN', policy: policyId, version: versionId, occurredAt: MARCH } as const,
      given('p0', { fact: 'NOTICE_SHOWN', channel: 'APP' }),
      given('p0', { fact: 'TERMS_ACCEPTED', purposes: [] }),
      given('p0', { occurredAt: addMs(office.clock.now, 600_000) }),
      given('p0', { occurredAt: day('2017-01-01') }),
    ];
    expect(await refused(rows)).toEqual(
      [
        'SUBJECT_UNKNOWN',
        'EXTERNAL_ID_INVALID',
        'POLICY_UNKNOWN',
        'POLICY_UNKNOWN',
        'POLICY_UNKNOWN',
        'POLICY_MISSING',
        'VERSION_UNKNOWN',
        'VERSION_MISSING',
        'VERSION_NOT_OFFERED',
        'CONTENT_NOT_OF_VERSION',
        'LOCALE_NOT_IN_VERSION',
        'PURPOSE_UNKNOWN',
        'PURPOSES_EMPTY',
        'METHOD_NOT_A_CLEAR_ACT',
        'METHOD_MISSING',
        'CHANNEL_MISSING',
        'PURPOSES_OUT_OF_PLACE',
        'POLICY_IS_NOT_TERMS',
        'OCCURRED_IN_FUTURE',
        'VERSION_NOT_OFFERED',
      ].map((code, index) => ({ row: index + 2, code })),
    );
    expect(await eventsOf(ids)).toHaveLength(1);
  });

  it('a label that two versions bear, and a version with two texts, ask to be told apart', async () => {
    await people(1);
    const twice = await office.publish('cookies', { label: 'Samme' });
    await office.publish('cookies', { label: 'Samme' });
    const codes = await refused([given('p0', { policy: 'cookies', version: 'Samme' })]);
    expect(codes).toEqual([{ row: 1, code: 'VERSION_AMBIGUOUS' }]);
    const byId = given('p0', { policy: 'cookies', version: twice.versionId, occurredAt: office.clock.now });
    expect(await refused([byId])).toEqual([{ row: 1, code: 'VERSION_NOT_OFFERED' }]);
    const english = { locale: 'en', format: 'PLAIN_TEXT', text: 'In English' } as const;
    const added = { policyId: version.policyId, versionId: version.versionId, ...english };
    await addVersionLocale(office.app, await office.request('translator'), added);
    expect(await refused([given('p0')])).toEqual([{ row: 1, code: 'LOCALE_MISSING' }]);
    expect((await run([given('p0', { contentSha256: version.contentSha256 })])).imported).toBe(1);
  });

  it('finds the policy of a version by its id, where somebody can say', async () => {
    const ids = await people(1);
    const { policy: _, ...row } = given('p0', { version: version.versionId });
    const policyOfVersion = async (id: string) => (id === version.versionId ? version.policyId : undefined);
    await run([row], undefined, { policyOfVersion });
    expect(await eventsOf(ids)).toHaveLength(2);
  });

  it('twice, in whatever file and by whomever, writes a row once', async () => {
    const ids = await people(3);
    const first = await run([given('p0'), given('p1')]);
    const again = await run([given('p0'), given('p1')]);
    expect([first.repeated, again]).toEqual([0, { ...first, repeated: 2 }]);
    const more = [given('p2'), given('p1', { policy: version.policyId, version: version.versionId }), given('p1')];
    const { organisationId } = office;
    await importDecisionRows(office.app, await office.request('another'), { organisationId, rows: more });
    expect((await eventsOf(ids)).filter(({ type }) => type === 'ConsentGiven')).toHaveLength(3);
  });

  it('with the same row twice, in one batch or another, writes it once and counts it apart', async () => {
    const ids = await people(2);
    const rows = [given('p0'), given('p1'), given('p0')];
    expect(await run(rows)).toMatchObject({ imported: 3, repeated: 1, refused: 0 });
    expect((await eventsOf(ids)).filter(({ type }) => type === 'ConsentGiven')).toHaveLength(2);
  });

  it('tells which late withdrawals change nothing that holds now, also when it is asked for again', async () => {
    await people(2);
    const withdrawn = (externalId: string, occurredAt: Instant): DecisionRow => ({
      externalId,
      fact: 'CONSENT_WITHDRAWN',
      policy: 'privacy',
      purposes: ['newsletter'],
      occurredAt,
    });
    const rows = [
      given('p0'),
      withdrawn('p0', day('2018-12-01')),
      given('p1'),
      withdrawn('p1', day('2019-12-01')),
      // A yes that came before what was decided last says nothing of the kind: that is what imports are for.
      given('p1', { occurredAt: day('2019-04-01') }),
      withdrawn('p1', day('2019-05-01')),
    ];
    const imported = async () => {
      const warned: unknown[] = [];
      await run(rows, 'key', { onWarned: ({ row, code }) => warned.push([row, code]) });
      return warned;
    };
    const first = await imported();
    expect(first).toEqual([
      [2, 'LATE_CHANGES_NOTHING'],
      [6, 'LATE_CHANGES_NOTHING'],
    ]);
    expect(await imported()).toEqual(first);
  });

  it('with a key that was used answers as the first time; with other rows it is a conflict', async () => {
    const ids = await people(2);
    const first = await run([given('p0')], 'key');
    await eraseSubject(office.app, await service(), { subjectId: ids[0] ?? '', reason: 'krav' });
    expect(await run([given('p0')], 'key', {}, office.restarted())).toEqual(first);
    await expect(run([given('p1')], 'key')).rejects.toThrow(IdempotencyConflict);
    expect(await office.typesOf(ids[1] ?? '')).toEqual(['SubjectRegistered']);
  });

  it('cut short goes on where it was, and ends as if it had not been', async () => {
    const count = 600;
    const ids = await people(count);
    const rows = ids.map((_, index) => given(`p${index}`));
    failsAfter = appends + 200;
    await expect(run(rows, 'key')).rejects.toThrow(StoreUnavailable);
    const written = (await eventsOf(ids)).length - count;
    expect(written).toBeGreaterThan(0);
    expect(written).toBeLessThan(count);
    failsAfter = Number.POSITIVE_INFINITY;
    // What happens in between does not stand in the way of what is written.
    await giveConsent(office.app, await service(), {
      subjectId: ids[0] ?? '',
      ...version,
      ...byClick,
      purposes: ['newsletter'],
    });
    const dry = await run(rows, undefined, { dryRun: true });
    expect([dry.imported, dry.repeated]).toEqual([count, written]);
    const done = await run(rows, 'key', {}, office.restarted());
    expect([done.imported, done.repeated]).toEqual([count, written]);
    expect(await run(rows, 'key', {}, office.restarted())).toEqual(done);
    const consents = (await eventsOf(ids)).filter(({ data }) => data.imported === true);
    expect(consents).toHaveLength(count);
  });

  it('on two nodes at once writes every row once, and closes once', async () => {
    const ids = await people(50);
    const rows = ids.map((_, index) => given(`p${index}`));
    const answers = await Promise.all([run(rows), run(rows, undefined, {}, office.restarted())]);
    expect(answers[0]?.id).toBe(answers[1]?.id);
    expect((await eventsOf(ids)).filter(({ type }) => type === 'ConsentGiven')).toHaveLength(50);
    expect(await collect(office.app.store.readStream(importStream(answers[0]?.id ?? '')))).toHaveLength(1);
  });

  it('told on one channel a person is told once, also in an import', async () => {
    const [id = ''] = await people(1);
    const told = (occurredAt: Instant): DecisionRow => ({
      externalId: 'p0',
      fact: 'NOTICE_NOTIFIED',
      policy: 'privacy',
      version: 'Versjon 1',
      channel: 'EMAIL',
      occurredAt,
    });
    await run([told(MARCH), told(day('2019-04-01'))]);
    expect(await office.typesOf(id)).toEqual(['SubjectRegistered', 'NoticeNotified']);
  });

  it('of somebody who is erased is refused by row', async () => {
    const [id = ''] = await people(2);
    await eraseSubject(office.app, await service(), { subjectId: id, reason: 'krav' });
    expect(await refused([given('p0'), given('p1')])).toEqual([{ row: 1, code: 'SUBJECT_UNKNOWN' }]);
  });

  it('of a registration that was cut short is refused by row', async () => {
    await office.app.vault.subjectOf(office.organisationId, 'half');
    expect(await refused([given('half')])).toEqual([{ row: 1, code: 'SUBJECT_UNKNOWN' }]);
  });

  it.each([0, 1_001])('in one call is at most a thousand rows: %i are refused', async (length) => {
    await expect(run(Array.from({ length }, () => given('p0')))).rejects.toMatchObject({ code: 'TOO_MANY_ROWS' });
  });

  it('for an organisation that is none is answered as if absent', async () => {
    const input = { organisationId: '0d9b1f5e-1f7a-4b8e-9a51-1e9c6f3a7b01', rows: [given('p0')] };
    await expect(importDecisionRows(office.app, await service(), input)).rejects.toThrow(NotFound);
  });

  describe('from a file', () => {
    let folder: string;
    beforeEach(() => {
      folder = mkdtempSync(join(tmpdir(), 'decisions-'));
    });
    afterEach(() => rmSync(folder, { recursive: true }));

    function file(name: string, content: string | Uint8Array): string {
      const path = join(folder, name);
      writeFileSync(path, content);
      return path;
    }

    async function fromFile(path: string, more: Partial<DecisionsImport> = {}) {
      const onRefused = jest.fn<void, [RowRefused]>();
      const { organisationId } = office;
      const input = { organisationId, rows: decisionFile(path), onRefused, ...more };
      const outcome = await importDecisions(office.app, await service(), input).catch((error: unknown) => error);
      const told = onRefused.mock.calls.map(([{ row, code }]) => `${row} ${code}`);
      return { outcome, told };
    }

    const HEADER = 'externalId,fact,policy,version,purposes,method,occurredAt';

    it('of CSV, with a mark, CRLF, quotes and empty cells', async () => {
      const ids = await people(2);
      const lines = [
        HEADER,
        'p0,CONSENT_GIVEN,privacy,Versjon 1,newsletter,SIGNED,2019-03-01T09:00:00+01:00',
        '"p1",TERMS_ACCEPTED,privacy,"Versjon 1",,SIGNED,2019-03-01T09:00Z',
        '',
        'p1,CONSENT_GIVEN,privacy,Versjon 1,newsletter; newsletter,SIGNED,2019-03-01T09:00:00Z',
        'p1,CONSENT_WITHDRAWN,privacy,,account;newsletter,,2019-03-01T09:00:00Z',
      ];
      const { outcome, told } = await fromFile(file('old.CSV', `\ufeff${lines.join('\r\n')}\r\n`), { skipBad: true });
      expect(told).toEqual(['3 POLICY_IS_NOT_TERMS', '5 PURPOSE_TWICE']);
      expect(outcome).toMatchObject({ imported: 2, refused: 2 });
      expect((await eventsOf(ids)).map(({ type }) => type)).toEqual([
        'SubjectRegistered',
        'ConsentGiven',
        'SubjectRegistered',
        'ConsentWithdrawn',
      ]);
    });

    it('of JSON lines', async () => {
      const ids = await people(1);
      const lines = [given('p0'), { ...given('p0'), fact: 'NOTICE_SHOWN', purposes: null, channel: 'SMS' }];
      const { outcome } = await fromFile(
        file('old.jsonl', `${lines.map((line) => JSON.stringify(line)).join('\n')}\n\n`),
      );
      expect(outcome).toMatchObject({ imported: 2, refused: 0 });
      expect(await eventsOf(ids)).toHaveLength(3);
    });

    it('names what cannot be read by line and code, and never repeats a cell', async () => {
      await people(1);
      const row = (more: object) => JSON.stringify({ ...given('p0'), ...more });
      const lines = [
        '{',
        '[]',
        'null',
        row({ name: 'Ola' }),
        row({ fact: 'CONSENT_SOLD' }),
        row({ occurredAt: '2019-03-01' }),
        row({ occurredAt: '2019-03-01T09:00' }),
        row({ occurredAt: '2019-03-01T09:00:00.00001Z' }),
        row({ occurredAt: 5 }),
        row({ externalId: 7 }),
        row({ purposes: 'newsletter' }),
        row({ purposes: ['newsletter', 7] }),
        row({ locale: 'no_NO!' }),
        row({ method: 'TELEPATHY' }),
        row({ channel: 'PIGEON' }),
        row({ version: 'x'.repeat(201) }),
        row({}),
      ];
      const { outcome, told } = await fromFile(file('old.jsonl', lines.join('\n')));
      expect(told).toEqual(
        [
          ...['IMPORT_LINE_INVALID', 'IMPORT_LINE_INVALID', 'IMPORT_LINE_INVALID', 'IMPORT_CELL_INVALID'],
          ...['IMPORT_CELL_INVALID', 'NOT_A_TIME', 'NO_OFFSET', 'FINER_THAN_MILLISECOND'],
          ...Array(8).fill('IMPORT_CELL_INVALID'),
        ].map((code, index) => `${index + 1} ${code}`),
      );
      expect(outcome).toMatchObject({ code: 'ROWS_REFUSED', details: { rows: { length: 16 } } });
      expect(JSON.stringify(outcome)).not.toMatch(/CONSENT_SOLD|TELEPATHY|PIGEON|Ola/);
    });

    it('of CSV with cells too few or too many names the lines, and the wrong ones after them', async () => {
      const lines = ['externalId,fact,occurredAt', 'p0,CONSENT_GIVEN', `p0,CONSENT_GIVEN,${day('02-10')},x`, 'x'];
      const { told } = await fromFile(file('old.csv', [...lines, 'p0,CONSENT_SOLD,', ''].join('\r\n')));
      expect(told).toEqual([
        '2 IMPORT_LINE_INVALID',
        '3 IMPORT_LINE_INVALID',
        '4 IMPORT_LINE_INVALID',
        '5 IMPORT_CELL_INVALID',
      ]);
    });

    it.each([
      ['old.txt', '', 'IMPORT_FORMAT_UNKNOWN'],
      ['old.csv', 'externalId;fact;occurredAt\n', 'IMPORT_COLUMN_UNKNOWN'],
      ['old.csv', '', 'IMPORT_COLUMN_MISSING'],
      ['old.csv', 'externalId,fact\n', 'IMPORT_COLUMN_MISSING'],
      ['old.csv', `${HEADER}\np0,"CONSENT\n`, 'IMPORT_FILE_INVALID'],
      ['old.csv', Buffer.from([0x70, 0xff, 0xfe]), 'IMPORT_NOT_UTF_8'],
      ['old.jsonl', Buffer.from([0x7b, 0xc3]), 'IMPORT_NOT_UTF_8'],
      ['old.jsonl', `{"externalId":"${'x'.repeat(300_000)}`, 'IMPORT_FILE_INVALID'],
    ])('%s that cannot be read is refused whole (%#)', async (name, content, code) => {
      const path = file(name, content);
      const importing = async () =>
        importDecisions(office.app, await service(), {
          organisationId: office.organisationId,
          rows: decisionFile(path),
        });
      await expect(importing()).rejects.toMatchObject({ code });
    });

    it('that is empty imports nothing', async () => {
      expect((await fromFile(file('old.jsonl', ''))).outcome).toEqual({
        id: undefined,
        position: undefined,
        imported: 0,
        repeated: 0,
        refused: 0,
      });
    });
  });

  describe('in many batches', () => {
    it('holds some at a time, tells how far it is, and groups the rows of a person', async () => {
      const ids = await people(100);
      const days = Array.from({ length: 60 }, (_, index) => addMs(MARCH, index * 86_400_000));
      function* rows(): Generator<NumberedRow> {
        let row = 0;
        for (const occurredAt of days) {
          for (let person = 0; person < 100; person += 1)
            yield { row: ++row, decision: given(`p${person}`, { occurredAt }) };
        }
      }
      const progress: string[] = [];
      const before = appends;
      const { imported } = await importDecisions(office.app, await service(), {
        organisationId: office.organisationId,
        rows,
        onProgress: ({ phase, rows: done }) => progress.push(`${phase} ${done}`),
      });
      expect(imported).toBe(6_000);
      expect(progress).toEqual([
        ...['checking 2460', 'checking 4920', 'checking 6000'],
        ...['writing 2460', 'writing 4920', 'writing 6000'],
      ]);
      expect(appends - before).toBe(100);
      const events = await office.eventsOf(ids[42] ?? '');
      expect(events.slice(1).map(({ data }) => data.validFrom)).toEqual(days);
    });

    it('rows of a person that stand far apart, and more of them than are written together, keep their order', async () => {
      const [near = '', far = ''] = await people(2);
      function* rows(): Generator<NumberedRow> {
        let row = 0;
        const of = (person: string, days: number) => {
          row += 1;
          return { row, decision: given(person, { occurredAt: addMs(MARCH, days * 3_600_000) }) };
        };
        yield of('p1', 0);
        for (let strangers = 0; strangers < 49_998; strangers += 1) yield of('nobody', 0);
        yield of('p1', 1);
        for (let hours = 0; hours < 2_600; hours += 1) yield of('p0', hours);
        yield of('p1', 2);
      }
      const { imported, refused } = await importDecisions(office.app, await service(), {
        organisationId: office.organisationId,
        rows,
        skipBad: true,
      });
      expect({ imported, refused }).toEqual({ imported: 2_603, refused: 49_998 });
      const hours = async (id: string) =>
        (await office.eventsOf(id))
          .slice(1)
          .map(({ data }) => (Date.parse(String(data.validFrom)) - Date.parse(MARCH)) / 3_600_000);
      expect(await hours(near)).toEqual(Array.from({ length: 2_600 }, (_, index) => index));
      expect(await hours(far)).toEqual([0, 1, 2]);
    });

    it('of rows that are others the second time is not closed', async () => {
      const ids = await people(2);
      let reading = 0;
      const rows = () => [{ row: 1, decision: given(`p${reading++}`) }];
      const importing = importDecisions(office.app, await service(), { organisationId: office.organisationId, rows });
      await expect(importing).rejects.toMatchObject({ code: 'IMPORT_CHANGED' });
      expect(await office.typesOf(ids[0] ?? '')).toEqual(['SubjectRegistered']);
    });

    it('a row that is good no more when it is written is named, and the others of the person are written', async () => {
      const [id = ''] = await people(1);
      let reading = 0;
      const rows = async function* (): AsyncGenerator<NumberedRow> {
        reading += 1;
        const categories = ['supplier'];
        const classified = { subjectId: id, categories, occurredAt: day('2019-03-15') };
        if (reading === 2) await classifySubject(office.app, await service(), classified);
        yield { row: 1, decision: given('p0') };
        yield { row: 2, decision: given('p0', { occurredAt: day('2019-04-01') }) };
        yield { row: 3, decision: given('p0', { occurredAt: day('2019-02-01') }) };
      };
      const { organisationId } = office;
      const importing = importDecisions(office.app, await service(), { organisationId, rows });
      await expect(importing).rejects.toMatchObject({
        code: 'ROWS_REFUSED',
        details: { rows: [expect.objectContaining({ row: 2, code: 'PURPOSE_NOT_ON_CONSENT' })] },
      });
      const skipping = { organisationId, rows, skipBad: true };
      expect(await importDecisions(office.app, await service(), skipping)).toMatchObject({ imported: 2, refused: 1 });
      const events = await office.eventsOf(id);
      expect(events.map(({ type }) => type)).toEqual([
        'SubjectRegistered',
        'SubjectClassified',
        'ConsentGiven',
        'ConsentGiven',
      ]);
      expect(events.slice(2).map(({ data }) => data.occurredAt)).toEqual([MARCH, day('2019-02-01')]);
    });
  });
});
