import { join } from 'node:path';
import { importGit } from '../../../src/application/imports/import-git';
import { registerOrganisation } from '../../../src/application/organisations';
import { createPolicy, policyOf } from '../../../src/application/policies';
import { revokeImport } from '../../../src/application/policy-versions';
import { policyIdOf } from '../../../src/application/stream-names';
import { versionInForce } from '../../../src/domain/policy/version-in-force';
import { instantAt, parseInstant } from '../../../src/domain/time';
import { addCommits, createRepository, git, gitLine } from '../../support/git-repository';
import { type ImportTest, openImportTest, temporaryDirectories } from '../../support/import-harness';

const START = 1_600_000_000;
const temporary = temporaryDirectories();
let test: ImportTest;
let directory: string;

beforeEach(async () => {
  test = await openImportTest();
  directory = join(temporary(), 'lager');
  createRepository(directory, { bare: true });
});
afterEach(() => test.close());

async function labelsOf(path: string): Promise<string[]> {
  const { timeline } = await test.policyOfPath(path);
  return timeline.map((entry) => (entry.kind === 'version' ? entry.label : 'removed'));
}

describe('A later import', () => {
  it('records only what new commits bring', async () => {
    await addCommits(directory, [
      {
        at: START,
        files: [
          ['a.md', '1'],
          ['b.md', '1'],
        ],
      },
    ]);
    await test.importFrom(directory);
    await addCommits(directory, [
      {
        at: START + 60,
        files: [
          ['a.md', '2'],
          ['c.md', '1'],
        ],
      },
    ]);
    const before = await test.events();
    expect(await test.importFrom(directory)).toMatchObject({ policies: 3, imported: 2, revoked: 0, known: 2 });
    // A version and its text; a policy and a version, its text being there.
    expect(await test.events()).toBe(before + 4);
  });

  it('revokes and records anew what a commit dated earlier moves', async () => {
    await addCommits(directory, [
      { at: START, files: [['a.md', '1']] },
      { at: START + 100, files: [['a.md', '2']] },
      { at: START + 200, files: [['a.md', '3']] },
    ]);
    await test.importFrom(directory);
    await addCommits(directory, [{ at: START + 50, files: [['a.md', '4']] }]);
    expect(await test.importFrom(directory)).toMatchObject({ imported: 3, revoked: 2, known: 1 });
    const policy = await test.policyOfPath('a.md');
    expect(policy.timeline.map(({ effectiveFrom }) => effectiveFrom)).toEqual(
      [0, 50, 50, 50].map((seconds) => instantAt((START + seconds) * 1_000)),
    );
    expect(await test.textAt(policy, (START + 60) * 1_000)).toEqual(Buffer.from('4'));
    const committed = policy.timeline.map(({ source }) => source?.committedAt);
    expect(committed).toEqual([0, 100, 200, 50].map((seconds) => instantAt((START + seconds) * 1_000)));
  });

  it('moves five thousand versions to the date of one commit before all of them', async () => {
    const commits = Array.from({ length: 5_000 }, (_, n) => ({
      at: START + n,
      files: [['a.md', `${n % 7}`]] as const,
    }));
    await addCommits(directory, commits);
    expect(await test.importFrom(directory)).toMatchObject({ imported: 5_000 });
    await addCommits(directory, [{ at: START - 1, files: [['a.md', 'last']] }]);
    expect(await test.importFrom(directory)).toMatchObject({ imported: 5_001, revoked: 5_000 });
    const policy = await test.policyOfPath('a.md');
    expect(new Set(policy.timeline.map(({ effectiveFrom }) => effectiveFrom)).size).toBe(1);
    expect(await test.textAt(policy, (START - 1) * 1_000)).toEqual(Buffer.from('last'));
    const before = await test.events();
    await test.importFrom(directory);
    expect(await test.events()).toBe(before);
  }, 60_000);

  it('brings a date back after it had been moved away', async () => {
    await addCommits(directory, [
      { at: START, files: [['a.md', '1']] },
      { at: START + 100, files: [['a.md', '2']] },
    ]);
    await test.importFrom(directory);
    const before = gitLine(directory, 'rev-parse', 'HEAD');
    await addCommits(directory, [{ at: START + 10, files: [['a.md', '3']] }]);
    await test.importFrom(directory);
    // The last commit is taken back by hand, in git as in the log.
    git(directory, ['update-ref', 'refs/heads/main', before]);
    const policy = await test.policyOfPath('a.md');
    const last = policy.timeline.at(-1);
    await revokeImport(test.app, test.importer, {
      policyId: policy.policyId,
      versionId: last?.id ?? '',
      reason: 'taken back',
    });
    expect(await test.importFrom(directory)).toMatchObject({ imported: 1, revoked: 1, refused: [] });
    const again = await test.policyOfPath('a.md');
    expect(again.timeline.map(({ effectiveFrom }) => effectiveFrom)).toEqual(
      [0, 100].map((seconds) => instantAt((START + seconds) * 1_000)),
    );
  });

  it('leaves out what was revoked by hand, and says so', async () => {
    await addCommits(directory, [
      { at: START, files: [['a.md', '1']] },
      { at: START + 100, files: [['a.md', '2']] },
    ]);
    await test.importFrom(directory);
    const { policyId, timeline } = await test.policyOfPath('a.md');
    const [first] = timeline;
    await revokeImport(test.app, test.importer, { policyId, versionId: first?.id ?? '', reason: 'a trial' });
    const before = await test.events();
    const report = await test.importFrom(directory);
    expect(report).toMatchObject({ imported: 0, passedOver: [{ path: 'a.md', reason: 'REVOKED', versions: 1 }] });
    expect(await test.events()).toBe(before);
  });

  it('refuses a path whose history was rewritten, and goes on with the others', async () => {
    await addCommits(directory, [{ at: START, files: [['a.md', '1']] }]);
    await test.importFrom(directory);
    git(directory, ['update-ref', '-d', 'refs/heads/main']);
    await addCommits(directory, [
      {
        at: START + 1,
        files: [
          ['a.md', 'another'],
          ['b.md', '1'],
        ],
      },
    ]);
    const report = await test.importFrom(directory);
    expect(report).toMatchObject({ imported: 1, refused: [{ path: 'a.md', code: 'HISTORY_DIVERGED' }] });
    expect(await labelsOf('a.md')).toHaveLength(1);
  });

  it('by another person writes nothing either', async () => {
    await addCommits(directory, [{ at: START, files: [['a.md', '1']] }]);
    await test.importFrom(directory);
    const before = await test.events();
    const somebody = await test.request('somebody else');
    await importGit(test.app, somebody, { repository: directory, organisationId: test.organisationId });
    expect(await test.events()).toBe(before);
  });

  it('at the same time as another one records everything once', async () => {
    const commits = Array.from({ length: 40 }, (_, n) => ({ at: START + n, files: [['a.md', `${n}`]] as const }));
    await addCommits(directory, commits);
    await Promise.all([test.importFrom(directory), test.importFrom(directory)]);
    expect((await test.policyOfPath('a.md')).timeline).toHaveLength(40);
  });
});

describe('The policy of a path', () => {
  it('has slug, title, path, format and label from what git knows', async () => {
    await addCommits(directory, [{ at: START, files: [['Vilkår/For Ærlige Bedrifter.md', '# Vilkår']] }]);
    await test.importFrom(directory, { kind: 'TERMS' });
    const policy = await policyOf(test.app, policyIdOf(test.organisationId, 'vilkar-for-aerlige-bedrifter'));
    expect(policy).toMatchObject({ kind: 'TERMS', titles: [{ locale: 'nb', text: 'For Ærlige Bedrifter' }] });
    const commit = gitLine(directory, 'rev-parse', 'HEAD');
    expect(policy.timeline).toMatchObject([
      {
        label: `2020-09-13 ${commit.slice(0, 7)}`,
        sequence: 1,
        imported: true,
        contents: [{ locale: 'nb', format: 'MARKDOWN', bytes: 9 }],
        change: { reasons: [], noticeDuty: 'NONE' },
        source: { commit, path: 'Vilkår/For Ærlige Bedrifter.md', committedAt: '2020-09-13T12:26:40.000Z' },
      },
    ]);
  });

  it('keeps its slug when a path that would have the same comes later, or when only it is imported', async () => {
    await addCommits(directory, [
      { at: START, files: [['a b.md', 'first']] },
      {
        at: START + 1,
        files: [
          ['a-b.md', 'second'],
          ['a_b.txt', 'third'],
        ],
      },
    ]);
    await test.importFrom(directory, { include: 'a-b.md' });
    await test.importFrom(directory);
    const slugs = await Promise.all(
      ['a b.md', 'a-b.md', 'a_b.txt'].map(async (path) => (await test.policyOfPath(path)).slug),
    );
    expect(slugs[1]).toBe('a-b');
    expect(slugs[0]).toMatch(/^a-b-[0-9a-f]{8}$/);
    expect(new Set(slugs).size).toBe(3);
    expect(await test.importFrom(directory)).toMatchObject({ imported: 0, policies: 3 });
  });

  it('is not one that was made by hand under the same slug', async () => {
    const { organisationId, app, importer } = test;
    await createPolicy(app, importer, { organisationId, slug: 'a', kind: 'TERMS', title: 'Vilkår' });
    await addCommits(directory, [{ at: START, files: [['a.md', '1']] }]);
    await test.importFrom(directory);
    expect((await policyOf(app, policyIdOf(organisationId, 'a'))).timeline).toEqual([]);
    expect((await test.policyOfPath('a.md')).timeline).toHaveLength(1);
  });

  it('is the organisation’s own: the same repository gives another one other policies', async () => {
    await addCommits(directory, [{ at: START, files: [['a.md', '1']] }]);
    await test.importFrom(directory);
    const registration = { slug: 'sorlys', name: 'Sørlys AS', timeZone: 'Europe/Oslo', defaultLocale: 'nn' };
    const { id } = await registerOrganisation(test.app, test.importer, { ...registration, approvalRequired: true });
    await test.importFrom(directory, { organisationId: id });
    const [own, others] = [test.organisationId, id].map((organisation) => policyIdOf(organisation, 'a'));
    expect(own).not.toBe(others);
    expect((await policyOf(test.app, others ?? '')).timeline).toMatchObject([{ contents: [{ locale: 'nn' }] }]);
  });

  it('is retired where the path is removed, and in force again where it returns', async () => {
    await addCommits(directory, [
      { at: START, files: [['a.md', '1']] },
      { at: START + 100, files: [['a.md', null]] },
      { at: START + 200, files: [['a.md', '1']] },
    ]);
    expect(await test.importFrom(directory)).toMatchObject({ imported: 2, retired: 1 });
    const policy = await test.policyOfPath('a.md');
    const codes = [-1, 0, 99, 100, 199, 200].map((s) => versionInForce(policy, instantAt((START + s) * 1_000)).code);
    const inForce = 'VERSION_IN_FORCE';
    expect(codes).toEqual(['NOT_YET_PUBLISHED', inForce, inForce, 'RETIRED', 'RETIRED', inForce]);
  });

  it('gets a commit that is dated in the future once that time has come', async () => {
    test.clock.now = parseInstant('2020-09-13T13:00:00.000Z');
    await addCommits(directory, [
      { at: START, files: [['a.md', '1']] },
      { at: START + 86_400, files: [['a.md', '2']] },
    ]);
    const report = await test.importFrom(directory);
    expect(report).toMatchObject({ imported: 1, passedOver: [{ path: 'a.md', reason: 'IN_FUTURE', versions: 1 }] });
    test.clock.now = parseInstant('2020-09-15T00:00:00.000Z');
    expect(await test.importFrom(directory)).toMatchObject({ imported: 1, known: 1, passedOver: [] });
  });
});
