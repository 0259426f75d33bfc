import { execFileSync } from 'node:child_process';
import { generateKeyPairSync } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { addMs } from '../../src/domain/time';
import { verifyBundle } from '../../src/evidence/verify/verify-bundle';
import { parseVerifierKey, type Signer, signNote, verifierKeyText, verifierOf } from '../../src/ledger/checkpoint-note';
import { type LedgerKey, ledgerKeysOf, rotateLedgerKey } from '../../src/ledger/ledger-keys';
import { linesIn, relisted, resign, setLines } from '../support/bundle-forgery';
import { type BundleOffice, openBundleOffice } from '../support/bundle-office';
import { type BundleStory, tellStory } from '../support/bundle-story';
import { hasOpenSsl } from '../support/openssl-authority';
import { fileIn, readZip, writeZip, type ZipFiles } from '../support/zip-files';

const FILE = 'key-changes.jsonl';

interface Line {
  readonly from: string;
  readonly note: string;
  readonly hashes: readonly string[];
}

describe('a bundle of a log whose key was changed', () => {
  let office: BundleOffice;
  let story: BundleStory;
  let keys: string;
  beforeEach(async () => {
    office = await openBundleOffice();
    story = await tellStory(office);
    keys = join(office.directory, 'keys');
  });
  afterEach(() => office.close());

  const origin = () => `samtykke/${office.app.logId}`;
  const bundle = (maxListedLeaves?: number) => {
    // A ledger signs once a second at most.
    office.clock.now = addMs(office.clock.now, 60_000);
    return office.bundle({ subjectId: story.kari }, maxListedLeaves === undefined ? {} : { maxListedLeaves });
  };
  /** Changes the key and has it sign, by itself at last. */
  async function changed(): Promise<LedgerKey> {
    const key = rotateLedgerKey(keys);
    await bundle();
    return key;
  }
  async function firstKey(): Promise<LedgerKey> {
    await bundle();
    const [key] = ledgerKeysOf(keys, origin());
    if (!key) throw new Error('There is no key.');
    return key;
  }
  const stranger = (): Signer => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519');
    return { ...verifierOf(origin(), publicKey), privateKey };
  };
  const changesIn = (files: ZipFiles) => linesIn(files, FILE).map((line) => JSON.parse(line) as Line);

  it('has none where the key signs from the first day on', async () => {
    const path = await bundle();
    expect((await readZip(path)).has(FILE)).toBe(false);
    expect(await verifyBundle(path)).toMatchObject({ keyChanges: 0 });
  });

  it('is trusted by the old key and by the new while it is being changed', async () => {
    const first = await firstKey();
    const second = rotateLedgerKey(keys);
    const path = await bundle();
    expect(linesIn(await readZip(path), 'keys.txt')).toEqual([first, second].map(verifierKeyText));
    for (const key of [first, second]) {
      expect(await verifyBundle(path, { keys: [key] })).toMatchObject({ keyGiven: true, keyChanges: 1 });
    }
  });

  it.each([undefined, 5])(
    'is trusted by every key that led to the one that signed (leaves listed: %s)',
    async (listed) => {
      const all = [await firstKey(), await changed(), await changed(), await changed()];
      const path = await bundle(listed);
      expect(linesIn(await readZip(path), 'keys.txt')).toEqual(all.slice(-1).map(verifierKeyText));
      for (const key of all) {
        expect(await verifyBundle(path, { keys: [key] })).toMatchObject({ keyGiven: true, keyChanges: 3 });
        expect(await verifyBundle(path, { keys: [key.publicKey] })).toMatchObject({ keyGiven: true });
      }
      await expect(verifyBundle(path, { keys: [stranger()] })).rejects.toMatchObject({ code: 'KEY_NOT_AS_GIVEN' });
    },
  );

  it('made before the change is not trusted by the new key, which says nothing of it', async () => {
    const path = await bundle();
    const second = await changed();
    await expect(verifyBundle(path, { keys: [second] })).rejects.toMatchObject({ code: 'KEY_NOT_AS_GIVEN' });
  });

  it('is trusted from a lost key on by those after it alone', async () => {
    const first = await firstKey();
    const second = rotateLedgerKey(keys, true);
    rmSync(join(keys, 'ledger-1.key'));
    await bundle();
    const third = await changed();
    const path = await bundle();
    expect(await verifyBundle(path, { keys: [second] })).toMatchObject({ keyChanges: 1 });
    expect(await verifyBundle(path, { keys: [third] })).toMatchObject({ keyGiven: true });
    await expect(verifyBundle(path, { keys: [first] })).rejects.toMatchObject({ code: 'KEY_NOT_AS_GIVEN' });
  });

  describe('that somebody forged', () => {
    let sound: ZipFiles;
    let all: readonly LedgerKey[];
    beforeEach(async () => {
      all = [await firstKey(), await changed(), await changed()];
      sound = await readZip(await bundle());
    });

    async function saidOf(forge: (files: ZipFiles) => void) {
      const files = new Map(sound);
      relisted(forge)(files);
      return verifyBundle(await writeZip(join(office.directory, 'forged.zip'), files), { keys: all.slice(0, 1) });
    }
    const rewritten = (change: (lines: readonly Line[]) => readonly Line[]) => (files: ZipFiles) =>
      setLines(
        files,
        FILE,
        change(changesIn(files)).map(({ from, hashes, note }) => JSON.stringify({ from, hashes, note })),
      );

    it('is sound when nothing was changed', async () => {
      expect(await saidOf(rewritten((lines) => lines))).toMatchObject({ keyChanges: 2 });
    });

    it('and signed with a key that no key of the log named is found, whatever it signs beside the old one', async () => {
      const forger = stranger();
      const beside = (files: ZipFiles) => {
        resign(files);
        const [forged = ''] = linesIn(files, 'keys.txt');
        const [line] = changesIn(files);
        // What the old key signed is public; anybody can sign the same.
        const [text = ''] = line?.note.split('\n\n') ?? [];
        const [signature = ''] = line?.note.split('\n').filter((each) => each.startsWith('— ')) ?? [];
        const own = signNote(`${text}\n`, [forger]).split('\n').at(-2);
        setLines(files, FILE, [
          JSON.stringify({ from: line?.from, hashes: line?.hashes, note: `${text}\n\n${signature}\n${own}\n` }),
        ]);
        expect(parseVerifierKey(forged).name).toBe(origin());
      };
      await expect(saidOf(beside)).rejects.toMatchObject({ code: 'KEY_CHANGE_INVALID', culprit: { file: FILE } });
      const alone = (files: ZipFiles) => {
        resign(files);
        files.delete(FILE);
      };
      await expect(saidOf(alone)).rejects.toMatchObject({ code: 'KEY_NOT_AS_GIVEN' });
    });

    it.each<[string, (lines: readonly Line[]) => readonly Line[], string]>([
      ['without the first', (lines) => lines.slice(1), 'KEY_NOT_AS_GIVEN'],
      ['without the last', (lines) => lines.slice(0, -1), 'KEY_CHANGE_INVALID'],
      ['in another order', (lines) => lines.toReversed(), 'KEY_CHANGE_INVALID'],
      ['with one twice', (lines) => [...lines.slice(0, 1), ...lines], 'KEY_CHANGE_INVALID'],
      ['with none', () => [], 'FILE_MALFORMED'],
      ['of another size', (lines) => altered(lines, /\n(\d+)\n/, '\n1\n'), 'KEY_CHANGE_INVALID'],
      ['without a signature', (lines) => altered(lines, /— [^\n]+\n$/, ''), 'KEY_CHANGE_INVALID'],
      ['with another proof', (lines) => lines.map((line) => ({ ...line, hashes: [] })), 'KEY_CHANGE_INVALID'],
      [
        'from another key',
        (lines) => lines.map((line) => ({ ...line, from: lines[1]?.from ?? '' })),
        'KEY_CHANGE_INVALID',
      ],
      ['from no key', (lines) => lines.map((line) => ({ ...line, from: 'nøkkel' })), 'KEY_CHANGE_INVALID'],
    ])('with its changes %s is found', async (_, change, code) => {
      await expect(saidOf(rewritten(change))).rejects.toMatchObject({ code });
    });
  });

  (hasOpenSsl() ? it : it.skip)('is followed from an old key with the commands of its README', async () => {
    const first = await firstKey();
    const second = await changed();
    const files = await readZip(await bundle());
    const at = join(office.directory, 'unpacked');
    for (const language of ['en', 'nb']) {
      rmSync(at, { recursive: true, force: true });
      mkdirSync(at);
      for (const [name, content] of files) if (!name.includes('/')) writeFileSync(join(at, name), content);
      const [, commands = ''] = [...String(fileIn(files, `README.${language}.md`)).matchAll(/```sh\n([^`]+)```/g)].map(
        ([, each]) => each,
      );
      const [pem = ''] = /\w+\.pem/.exec(commands) ?? [];
      writeFileSync(join(at, pem), first.publicKey.export({ format: 'pem', type: 'spki' }));
      const said = execFileSync('bash', ['-ec', commands], { cwd: at, encoding: 'utf8' });
      expect(said).toContain('Signature Verified Successfully');
      const text = readFileSync(join(at, 'change.txt'), 'utf8');
      expect(text.split('\n').slice(3)).toEqual([`next key ${verifierKeyText(second)}`, '']);
    }
  });
});

function altered(lines: readonly Line[], what: RegExp, by: string): readonly Line[] {
  return lines.map((line) => ({ ...line, note: line.note.replace(what, by) }));
}
