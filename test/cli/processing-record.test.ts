import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { commandLine, type Ended, printed } from '../support/command-line';
import { csvRecords } from '../support/csv-records';
import { pdfText } from '../support/pdf-text';

const LONG_MS = 120_000;

describe('exports at the command line', () => {
  let line: ReturnType<typeof commandLine>;
  beforeEach(() => {
    line = commandLine();
  });
  afterEach(() => line.remove());

  const inFolder = (name: string) => join(line.directory, name);
  const files = () => readdirSync(line.directory).filter((name) => name !== 'data' && !name.startsWith('.'));
  const ordersInLog = () => {
    const database = new Database(inFolder('data/events.db'), { readonly: true });
    try {
      return database
        .prepare("SELECT count(*) FROM events JOIN event_types USING (event_type) WHERE name = 'EvidencePrepared'")
        .pluck()
        .get();
    } finally {
      database.close();
    }
  };
  const refused = ({ code, said, out }: Ended) => [code, said.split(':')[0], out.length];

  test(
    'a record is the same from a server as from its data, is recorded each time, and nothing is written on an error',
    async () => {
      const server = line.start(['demo'], { SAMTYKKE_PORT: '0' });
      const welcome = await printed(server, /\noperator\n {2}\S+\n/);
      const url = /GraphQL\s+(http:\S+)\/graphql/.exec(welcome)?.[1] ?? '';
      const officer = /\nofficer@fjordlys\S*[^\n]*\n\s+(\S+)/.exec(welcome)?.[1] ?? '';
      expect(officer).not.toBe('');
      const record = (...more: readonly string[]) => line.run(['processing-record', 'fjordlys', ...more]);
      const remote = ['--url', url, '--token', officer];
      let there: Ended;
      try {
        there = await record(...remote);
        expect([there.code, there.said]).toEqual([0, expect.stringContaining('Evidence ')]);
        const csv = inFolder('record.csv');
        expect((await record(...remote, '--format', 'csv', '--out', csv)).code).toBe(0);
        expect(csvRecords(readFileSync(csv)).map(([name]) => name)).toContain('role');
        expect(refused(await record(...remote, '--out', csv))).toEqual([1, 'FILE_EXISTS', 0]);
        const nobody = line.run(['processing-record', 'nobody', ...remote, '--out', inFolder('nobody.json')]);
        expect(refused(await nobody)).toEqual([1, 'NOT_FOUND', 0]);
        const elsewhere = await record('--url', url, '--out', inFolder('anonymous.json'));
        expect(refused(elsewhere)).toEqual([1, 'UNAUTHENTICATED', 0]);
        const future = await record(...remote, '--on', '2999-01-01', '--out', inFolder('future.json'));
        expect(refused(future)).toEqual([1, 'EVIDENCE_OF_FUTURE', 0]);
      } finally {
        server.kill('SIGTERM');
        await once(server, 'close');
      }
      const here = await record();
      expect(here.code).toBe(0);
      const activities = ({ out }: Ended) => {
        const { activities: listed, leftOut } = JSON.parse(out.toString()) as Record<string, unknown[]>;
        return { listed, leftOut };
      };
      expect(activities(here)).toEqual(activities(there));
      expect(activities(here).listed?.length).toBeGreaterThan(0);

      const pdf = inFolder('record.pdf');
      expect((await record('--format', 'pdf', '--out', pdf)).code).toBe(0);
      expect(pdfText(readFileSync(pdf)).join('\n')).toContain('Protokoll over behandlingsaktiviteter');
      expect(refused(await record('--on', '2999-01-01', '--out', inFolder('future.json')))).toEqual([
        1,
        'EVIDENCE_OF_FUTURE',
        0,
      ]);
      expect(refused(await record('--on', 'someday'))).toEqual([2, 'NOT_A_DATE', 0]);
      expect((await record('--format', 'xml')).code).toBe(2);
      expect(refused(await record('--known-on', '2999-01-01'))).toEqual([1, 'AS_OF_IN_FUTURE', 0]);
      const early = await record('--known-on', '2001-01-01', '--out', inFolder('early.json'));
      expect(refused(early)).toEqual([1, 'EVIDENCE_BEFORE_START', 0]);
      expect(files().sort()).toEqual(['record.csv', 'record.pdf']);
      // Two from the server, two from the data: whoever was refused left no fact.
      expect(ordersInLog()).toBe(4);
    },
    LONG_MS,
  );

  test(
    'an audit is taken away as a file, with own ids only where they are asked for',
    async () => {
      const server = line.start(['demo'], { SAMTYKKE_PORT: '0' });
      const welcome = await printed(server, /\noperator\n {2}\S+\n/);
      const url = /GraphQL\s+(http:\S+)\/graphql/.exec(welcome)?.[1] ?? '';
      const officer = /\nofficer@fjordlys\S*[^\n]*\n\s+(\S+)/.exec(welcome)?.[1] ?? '';
      const handle = /\/p\/(fjordlys\/[a-z-]+)/.exec(welcome)?.[1] ?? '';
      const audit = (...more: readonly string[]) => line.run(['audit', handle, ...more]);
      const remote = ['--url', url, '--token', officer];
      try {
        const there = await audit(...remote, '--format', 'csv', '--out', inFolder('there.csv'));
        expect([there.code, there.said]).toEqual([0, expect.stringContaining('Evidence ')]);
        expect(readFileSync(inFolder('there.csv'), 'utf8')).not.toContain('externalId');
      } finally {
        server.kill('SIGTERM');
        await once(server, 'close');
      }
      const out = (name: string) => ['--out', inFolder(name)];
      expect((await audit('--format', 'csv', '--personal', ...out('here.csv'))).code).toBe(0);
      const records = csvRecords(readFileSync(inFolder('here.csv')));
      const top = records.findIndex(([cell]) => cell === 'policy');
      expect(records[top]).toContain('externalId');
      expect(records.length - top - 1).toBeGreaterThan(0);
      expect((await audit('--format', 'pdf', ...out('here.pdf'))).code).toBe(0);
      expect(pdfText(readFileSync(inFolder('here.pdf'))).join('\n')).toContain('Revisjonsuttrekk');
      expect(refused(await audit('--format', 'table', ...out('x')))).toEqual([2, 'FORMAT_CONTRADICTORY', 0]);
      expect(refused(await audit('--format', 'csv', '--people', ...out('x')))).toEqual([2, 'FLAGS_CONTRADICTORY', 0]);
      expect(
        refused(await audit('--format', 'csv', '--on', '2001-01-01', '--known-on', '2001-01-01', ...out('x'))),
      ).toEqual([1, 'EVIDENCE_BEFORE_START', 0]);
      expect(files().sort()).toEqual(['here.csv', 'here.pdf', 'there.csv']);
      expect(ordersInLog()).toBe(3);
    },
    LONG_MS,
  );
});
