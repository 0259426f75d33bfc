import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { README_NB, readmeId } from '../../src/evidence/verify/bundle-readme';
import { commandLine } from '../support/command-line';
import { readZip, relist, writeZip, type ZipFiles } from '../support/zip-files';

describe('what verify says of a forged bundle', () => {
  let line: ReturnType<typeof commandLine>;
  beforeEach(() => {
    line = commandLine();
  });
  afterEach(() => line.remove());

  async function bundle(): Promise<ZipFiles> {
    const at = (name: string) => join(line.directory, name);
    await line.run(['organisation', 'register', '--slug', 'fjordlys', '--name', 'Fjordlys AS']);
    writeFileSync(at('personvern.txt'), 'Personvern\n\nSist oppdatert: 1. november 2023 – Versjon 2\n');
    await line.run(['import', 'text', at('personvern.txt'), '--organisation', 'fjordlys']);
    await line.run(['evidence', 'fjordlys/personvern', '--on', '2024-01-31', '--out', at('b.zip')]);
    return readZip(at('b.zip'));
  }

  it('stays one line of its own words, whatever the names in it would do to a terminal', async () => {
    const files = await bundle();
    const disguise = '\u001b[2J\rb.zip is sound.\n\u202e\u009b\u2028';
    const escaped = String.raw`\u{1b}[2J\u{d}b.zip is sound.\u{a}\u{202e}\u{9b}\u{2028}`;
    const answer = JSON.parse(String(files.get('answer.json')));
    files.set('answer.json', Buffer.from(JSON.stringify({ ...answer, [disguise]: 1 })));
    relist(files);
    const path = await writeZip(join(line.directory, 'forged.zip'), files);
    expect(await line.run(['verify', path])).toMatchObject({
      code: 1,
      out: Buffer.alloc(0),
      said: `ANSWER_ALTERED: answer.json, ${escaped}: it is not what follows from the events\n`,
    });
  }, 60_000);

  it('tells that the README was not checked where it is that of another release', async () => {
    const files = await bundle();
    const path = await writeZip(join(line.directory, 'own.zip'), files);
    expect((await line.run(['verify', path])).said).not.toContain('README');
    files.set('README.en.md', Buffer.from('In better words.\n'));
    relist(files, readmeId('In better words.\n', README_NB));
    await writeZip(path, files);
    const { code, said } = await line.run(['verify', path]);
    expect({ code, said }).toMatchObject({ code: 0, said: expect.stringContaining('Its README was not checked') });
    const { out } = await line.run(['verify', path, '--json']);
    expect(JSON.parse(String(out))).toMatchObject({ ok: true, readmeChecked: false });
  }, 60_000);
});
