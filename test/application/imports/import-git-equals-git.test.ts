import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type GitOracle, gitOracle, pathsEver } from '../../support/git-oracle';
import { addCommits, createRepository, git, gitLine, type PlannedCommit } from '../../support/git-repository';
import { type ImportTest, openImportTest, temporaryDirectories } from '../../support/import-harness';
import { randomNumbers } from '../../support/synthetic-history';

const BUNDLE = join(__dirname, '..', '..', '..', '..', 'shared', 'data', 'policy-history.bundle');
const DAY = 86_400;
const START = 1_600_000_000;
const temporary = temporaryDirectories();

/** Sets the import of a path against git at each commit, a second and a millisecond around it, and at random. */
async function expectEqualToGit(test: ImportTest, directory: string, path: string, random: (below: number) => number) {
  const oracle = gitOracle(directory, path);
  if (!oracle.hasFile) return oracle;
  const policy = await test.policyOfPath(path);
  const latest = Math.max(...oracle.commits.map(({ at }) => at));
  const earliest = Math.min(...oracle.commits.map(({ at }) => at));
  const around = oracle.commits.flatMap(({ at }) => [
    at * 1_000,
    at * 1_000 - 1_000,
    at * 1_000 + 1_000,
    at * 1_000 - 1,
  ]);
  const anywhere = Array.from({ length: 200 }, () => (earliest - DAY + random(latest - earliest + 2 * DAY)) * 1_000);
  for (const epochMs of [...around, ...anywhere]) {
    const expected = oracle.at(Math.floor(epochMs / 1_000));
    const text = await test.textAt(policy, epochMs);
    if (!same(text, expected)) {
      const told = { path, at: new Date(epochMs).toISOString(), text: shown(text), expected: shown(expected) };
      throw new Error(`The import differs from git: ${JSON.stringify(told)}`);
    }
  }
  return oracle;
}

function same(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === undefined || b === undefined ? a === b : Buffer.compare(a, b) === 0;
}

function shown(bytes: Uint8Array | undefined): string | undefined {
  return bytes && Buffer.from(bytes).toString('latin1').slice(0, 60);
}

/** The oracle works from one list; git is really asked on a sample of what it says. */
function expectOracleToBeGit(oracle: GitOracle): void {
  const instants = oracle.commits.flatMap(({ at }) => [at, at - 1]).slice(0, 12);
  for (const second of instants) expect(oracle.commitAskedAt(second)).toBe(oracle.commitAt(second));
}

/** Dates that run backwards, equal seconds, a merge, a deletion and return, a rename, texts that return, odd names. */
function eventfulHistory(): PlannedCommit[] {
  const notice = (text: string) => ['Nordlys/Personvernerklæring for bedrift.md', text] as const;
  const terms = (text: string | null) => ['vilkår.txt', text] as const;
  return [
    { at: START, files: [notice('# Første\n'), terms('Vilkår 1\r\n')] },
    { at: START + DAY, files: [notice('# Andre\n')] },
    { at: START + 3 * DAY, files: [notice('# Tredje\n')] },
    // Backwards, and the same second twice.
    { at: START + 2 * DAY, files: [notice('# Fjerde\n')] },
    { at: START + 2 * DAY, files: [notice('# Første\n')] },
    { at: START + 4 * DAY, files: [terms(null)] },
    { at: START + 5 * DAY, files: [terms('Vilkår 1\r\n'), ['tom.md', '']] },
    { at: START + 5 * DAY, files: [terms('Vilkår 2 \u00a0 \u00ad\n')] },
    // A branch that changes both files, and a merge that takes one and changes the other itself.
    { at: START + 6 * DAY, files: [notice('# På grenen\n'), ['cafe\u0301.txt', 'NFD']], parents: [7] },
    { at: START + 7 * DAY, files: [terms('Vilkår 3\n')], parents: [7] },
    {
      at: START + 6 * DAY + 60,
      files: [notice('# Etter flettingen\n'), ['flettet.txt', 'ny'], ['cafe\u0301.txt', 'NFD']],
      parents: [9, 8],
    },
    // Renamed, with another text at the old name later.
    { at: START + 8 * DAY, files: [terms(null), ['betingelser "nye".txt', 'Vilkår 3\n']] },
    { at: START + 9 * DAY, files: [terms('Tilbake\n'), ['tom.md', 'Ikke tom lenger']] },
    // A file becomes a folder and a file again.
    { at: START + 10 * DAY, files: [['om', 'fil']] },
    { at: START + 11 * DAY, files: [['om/oss.txt', 'i mappe']] },
    { at: START + 10 * DAY + 5, files: [['om/oss.txt', 'i mappe igjen']] },
    { at: START + 12 * DAY, files: [['om', 'fil igjen']] },
    { at: START + 12 * DAY, files: [['latin1.txt', Buffer.from('Personvernerkl\u00e6ring \u00e5', 'latin1')]] },
    // Nothing after all: the path's last date lies before every other.
    { at: START - DAY, files: [['tom.md', 'Sist, men datert først']] },
  ];
}

/** Branches, merges, removals and dates at random, few names and few texts. */
function randomHistory(random: (below: number) => number): PlannedCommit[] {
  // Some are a folder of another, which git's own question for the file then asks about too.
  const paths = ['a.md', 'b c.txt', 'd/e.md', 'd', 'd/f', 'd/f/g.txt'];
  return Array.from({ length: 30 }, (_, number) => {
    const parents = number === 0 ? [] : [number - 1 - random(Math.min(3, number))];
    if (number > 2 && random(4) === 0) parents.push(random(number));
    const files = Array.from({ length: random(3) }, () => {
      const path = paths[random(paths.length)] ?? '';
      return [path, random(5) === 0 ? null : `text ${random(4)}\n`] as const;
    });
    return { at: START + random(20) * 3_600, files, parents: [...new Set(parents)] };
  });
}

describe.each([
  ['a work tree', {}],
  ['a bare repository', { bare: true }],
  ['a repository of SHA-256 ids', { objectFormat: 'sha256' }],
] as const)('An import of %s', (_, kind) => {
  let test: ImportTest;
  const directory = temporary();

  beforeAll(async () => {
    createRepository(directory, kind);
    await addCommits(directory, eventfulHistory());
    test = await openImportTest();
  });
  afterAll(() => test.close());

  it('answers at every instant as git does, byte for byte', async () => {
    const report = await test.importFrom(directory);
    const random = randomNumbers(17);
    const paths = pathsEver(directory);
    expect(report).toMatchObject({ policies: paths.length, passedOver: [], refused: [] });
    for (const path of paths) expectOracleToBeGit(await expectEqualToGit(test, directory, path, random));
  });

  it('writes nothing when it runs a second time', async () => {
    const before = await test.events();
    const report = await test.importFrom(directory);
    expect(report).toMatchObject({ imported: 0, retired: 0, revoked: 0 });
    expect(report.known).toBeGreaterThan(20);
    expect(await test.events()).toBe(before);
  });
});

describe('An import of a name that is a file on one branch and a folder on another', () => {
  it('answers as git does: at a commit of the folder there is no file', async () => {
    const directory = temporary();
    createRepository(directory, { bare: true });
    await addCommits(directory, [
      { at: START, files: [['a.md', '1']] },
      { at: START + 60, files: [['d', 'a file']], parents: [0] },
      { at: START + 120, files: [['d/e.md', 'in a folder']], parents: [0] },
      { at: START + 180, files: [['d/f.md', 'beside it']], parents: [2] },
      // The merge takes neither: the name is a file again.
      { at: START + 240, files: [['d', 'merged']], parents: [1, 3] },
    ]);
    const test = await openImportTest();
    expect(await test.importFrom(directory)).toMatchObject({ refused: [] });
    const policy = await test.policyOfPath('d');
    const texts = await Promise.all([60, 120, 180, 240].map((s) => test.textAt(policy, (START + s) * 1_000)));
    expect(texts.map(shown)).toEqual(['a file', undefined, undefined, 'merged']);
    const random = randomNumbers(3);
    for (const path of pathsEver(directory)) expectOracleToBeGit(await expectEqualToGit(test, directory, path, random));
    const before = await test.events();
    await test.importFrom(directory);
    expect(await test.events()).toBe(before);
    await test.close();
  });
});

describe('An import of random histories', () => {
  const seed = Number(process.env.SEED ?? Date.now() % 1_000_000);
  const [rounds, limitMs] = process.env.SOAK ? [200, 900_000] : [12, 60_000];

  it(
    `answers as git does (SEED=${seed})`,
    async () => {
      const random = randomNumbers(seed);
      for (let round = 0; round < rounds; round += 1) {
        const directory = temporary();
        createRepository(directory, { bare: true });
        const history = randomHistory(random);
        const test = await openImportTest();
        // First a part of it, so that a later run meets new commits before, between and behind what is recorded.
        await addCommits(directory, history);
        const [part = 'HEAD'] = gitLine(directory, 'rev-list', '--reverse', 'HEAD').split('\n').slice(random(15));
        const whole = gitLine(directory, 'rev-parse', 'HEAD');
        git(directory, ['update-ref', '--no-deref', 'HEAD', part]);
        expect((await test.importFrom(directory)).refused).toEqual([]);
        for (const path of pathsEver(directory)) await expectEqualToGit(test, directory, path, random);
        git(directory, ['update-ref', '--no-deref', 'HEAD', whole]);
        expect((await test.importFrom(directory)).refused).toEqual([]);
        for (const path of pathsEver(directory)) await expectEqualToGit(test, directory, path, random);
        const before = await test.events();
        await test.importFrom(directory);
        expect(await test.events()).toBe(before);
        await test.close();
      }
    },
    limitMs,
  );
});

const whereTheBundleIs = existsSync(BUNDLE) ? describe : describe.skip;
if (!existsSync(BUNDLE)) console.warn('Not tried: ../shared/data/policy-history.bundle is not there.');

whereTheBundleIs('An import of a real history of five documents', () => {
  it('answers as git does at every commit, a second around it and at 200 random instants', async () => {
    const directory = join(temporary(), 'history');
    execFileSync('git', ['clone', '-q', '--bare', '-b', 'main', BUNDLE, directory]);
    const test = await openImportTest();
    const random = randomNumbers(5);
    test.clock.now = new Date(Math.max(Date.now(), 1_790_000_000_000)).toISOString() as typeof test.clock.now;
    const report = await test.importFrom(directory);
    expect(report).toMatchObject({ policies: 5, passedOver: [], refused: [] });
    for (const path of pathsEver(directory)) expectOracleToBeGit(await expectEqualToGit(test, directory, path, random));
    await test.close();
  });
});
