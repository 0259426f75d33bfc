import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { readText, readTextBytes } from '../../../src/application/texts';
import { addCommits, createRepository, git, type PlannedFile } from '../../support/git-repository';
import { type ImportTest, openImportTest, temporaryDirectories } from '../../support/import-harness';

const START = 1_600_000_000;
const MEBIBYTE = 1_048_576;
const temporary = temporaryDirectories();
let test: ImportTest;
let directory: string;

beforeEach(async () => {
  test = await openImportTest();
  directory = join(temporary(), 'lager');
  createRepository(directory, { bare: true });
});
afterEach(() => test.close());

/** One commit for each file after another at one path. */
async function commitInTurn(path: string, files: readonly PlannedFile[]): Promise<void> {
  await addCommits(
    directory,
    files.map((file, index) => ({ at: START + index * 100, files: [[path, file]] })),
  );
}

async function contentAt(path: string, second: number) {
  const policy = await test.policyOfPath(path);
  const text = await test.textAt(policy, (START + second) * 1_000);
  return text && Buffer.from(text);
}

describe('A file of a repository', () => {
  it.each([
    ['nothing in it', Buffer.alloc(0)],
    ['exactly one mebibyte', Buffer.alloc(MEBIBYTE, 'æ')],
    ['more than a text written here may have', Buffer.alloc(3 * MEBIBYTE + 1, 'blåbær ')],
    ['one mebibyte of control characters', Buffer.alloc(MEBIBYTE, 0x01)],
    ['a NUL byte behind the first 8,000', Buffer.concat([Buffer.alloc(8_000, 'a'), Buffer.alloc(2)])],
    ['a byte order mark, CRLF and no final newline', Buffer.from('\ufeffPersonvern\r\n\r\nLinje to')],
    ['decomposed letters, soft hyphens and non-breaking spaces', Buffer.from('bla\u030abær\u00ad \u00a0\u202f')],
    ['Latin-1', Buffer.from('Personvernerkl\u00e6ring for bl\u00e5b\u00e6r', 'latin1')],
    ['every byte but NUL', Buffer.from(Array.from({ length: 255 }, (_, index) => index + 1))],
  ])('with %s is a version, kept byte for byte', async (_, bytes) => {
    await commitInTurn('a.txt', [bytes]);
    expect(await test.importFrom(directory)).toMatchObject({ imported: 1, passedOver: [] });
    const kept = await contentAt('a.txt', 0);
    expect(kept?.equals(bytes)).toBe(true);
  });

  it('that is not UTF-8 is read as windows-1252, and its charset recorded', async () => {
    await commitInTurn('a.txt', [Buffer.from('Personvernerkl\u00e6ring', 'latin1')]);
    await test.importFrom(directory);
    const { timeline, organisationId } = await test.policyOfPath('a.txt');
    const [content] = timeline.flatMap((entry) => (entry.kind === 'version' ? entry.contents : []));
    expect(content?.charset).toBe('windows-1252');
    expect(content && (await readText(test.app, organisationId, content))).toBe('Personvernerklæring');
    expect(content && (await readTextBytes(test.app, organisationId, content.sha256))).toHaveLength(19);
  });

  it.each<[string, PlannedFile, string]>([
    ['that git calls binary', Buffer.from('PNG\0\0'), 'BINARY'],
    ['that has more than eight mebibytes', Buffer.alloc(8 * MEBIBYTE + 1, 'a'), 'TOO_LARGE'],
    ['that is a symbolic link', { link: 'elsewhere.md' }, 'SYMLINK'],
    ['that is a submodule', { submodule: '1'.repeat(40) }, 'SUBMODULE'],
  ])('%s is passed over by name; the text before stays in force', async (_, file, reason) => {
    await commitInTurn('a.md', ['before', file, 'after']);
    const report = await test.importFrom(directory);
    expect(report).toMatchObject({ imported: 2, passedOver: [{ path: 'a.md', reason, versions: 1 }] });
    const texts = await Promise.all([0, 100, 200].map(async (second) => String(await contentAt('a.md', second))));
    expect(texts).toEqual(['before', 'before', 'after']);
    const events = await test.events();
    const again = await test.importFrom(directory);
    expect(again).toMatchObject({ imported: 0, known: 2, passedOver: [{ path: 'a.md', reason, versions: 1 }] });
    expect(await test.events()).toBe(events);
  });

  it('that was never a text makes no policy, removed or not', async () => {
    await commitInTurn('a.png', [Buffer.from('\0'), null, Buffer.from('\0\0')]);
    const events = await test.events();
    expect(await test.importFrom(directory)).toMatchObject({ policies: 0, imported: 0, retired: 0 });
    expect(await test.events()).toBe(events);
  });

  it('whose name is not UTF-8 is passed over, read as Latin-1', async () => {
    const blob = git(directory, ['hash-object', '-w', '--stdin'], 'text').toString('latin1').trim();
    const entry = Buffer.concat([Buffer.from(`100644 blob ${blob}\tbl`), Buffer.from([0xe5]), Buffer.from('.txt\0')]);
    const tree = git(directory, ['mktree', '-z'], entry).toString('latin1').trim();
    const person = ['-c', 'user.name=Test', '-c', 'user.email=test@example.test'];
    const commit = git(directory, [...person, 'commit-tree', tree, '-m', 'x'])
      .toString('latin1')
      .trim();
    git(directory, ['update-ref', 'refs/heads/main', commit]);
    const report = await test.importFrom(directory);
    expect(report).toMatchObject({
      imported: 0,
      passedOver: [{ path: 'blå.txt', reason: 'PATH_NOT_UTF8', versions: 1 }],
    });
  });
});

describe('Attributes', () => {
  it('of HEAD, in any folder, say what is binary and what is text whatever it holds', async () => {
    await addCommits(directory, [
      {
        at: START,
        files: [
          ['docs/.gitattributes', '*.log diff\n'],
          ['.gitattributes', '*.dat binary\n*.bin -diff\n'],
          ['docs/a.log', 'with a NUL \0 in it'],
          ['a.log', 'with a NUL \0 in it'],
          ['docs/a.dat', 'plain'],
          ['a.bin', 'plain'],
        ],
      },
    ]);
    const { passedOver } = await test.importFrom(directory, { include: 'a.*' });
    expect(passedOver.map(({ path }) => path)).toEqual(['a.bin', 'a.log', 'docs/a.dat']);
    expect(String(await contentAt('docs/a.log', 0))).toBe('with a NUL \0 in it');
  });

  it('of the clone alone count as well', async () => {
    await commitInTurn('a.txt', ['plain']);
    mkdirSync(join(directory, 'info'), { recursive: true });
    writeFileSync(join(directory, 'info', 'attributes'), '*.txt binary\n');
    expect((await test.importFrom(directory)).passedOver).toEqual([{ path: 'a.txt', reason: 'BINARY', versions: 1 }]);
  });
});
