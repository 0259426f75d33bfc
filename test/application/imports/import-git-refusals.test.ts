import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { GitImportProgress } from '../../../src/application/imports/git-import-report';
import { GitFailed } from '../../../src/application/imports/git-process';
import { NotFound } from '../../../src/application/not-found';
import { amendOrganisation } from '../../../src/application/organisations';
import { editDraftText, setDraftStatement } from '../../../src/application/policy-drafts';
import { publishVersion } from '../../../src/application/policy-versions';
import { parseInstant } from '../../../src/domain/time';
import { addCommits, createRepository, git, gitLine } from '../../support/git-repository';
import { type ImportTest, openImportTest, temporaryDirectories } from '../../support/import-harness';
import { statement } from '../../support/policy-stories';
import { syntheticHistory } from '../../support/synthetic-history';

const START = 1_600_000_000;
const temporary = temporaryDirectories();
let test: ImportTest;
let directory: string;

beforeEach(async () => {
  test = await openImportTest();
  directory = join(temporary(), 'lager');
  createRepository(directory);
});
afterEach(() => test.close());

async function expectRefused(repository: string, code: string): Promise<void> {
  const before = await test.events();
  await expect(test.importFrom(repository)).rejects.toMatchObject({ code, path: ['repository'] });
  expect(await test.events()).toBe(before);
}

const oneCommit = () => addCommits(directory, [{ at: START, files: [['a.md', '1']] }]);

describe('An import from', () => {
  it.each(['', '\0', '/there/is/nothing', __filename])('%j is refused: it is no repository', (path) =>
    expectRefused(path, 'NOT_A_REPOSITORY'),
  );

  it('a plain folder is refused, also inside a work tree', async () => {
    await oneCommit();
    const inside = join(directory, 'folder');
    mkdirSync(inside);
    await expectRefused(inside, 'NOT_A_REPOSITORY');
    await expectRefused(temporary(), 'NOT_A_REPOSITORY');
  });

  it('a repository without a commit on its branch is refused', async () => {
    await expectRefused(directory, 'REPOSITORY_EMPTY');
    await oneCommit();
    git(directory, ['symbolic-ref', 'HEAD', 'refs/heads/elsewhere']);
    await expectRefused(directory, 'REPOSITORY_EMPTY');
  });

  it('a shallow clone is refused, since its history is cut', async () => {
    await addCommits(directory, [
      { at: START, files: [['a.md', '1']] },
      { at: START + 1, files: [['a.md', '2']] },
    ]);
    const shallow = join(temporary(), 'shallow');
    execFileSync('git', ['clone', '-q', '--depth', '1', `file://${directory}`, shallow]);
    await expectRefused(shallow, 'REPOSITORY_SHALLOW');
  });

  it('a repository that lacks a file of its history is refused', async () => {
    await oneCommit();
    const blob = gitLine(directory, 'rev-parse', 'HEAD:a.md');
    rmSync(join(directory, '.git', 'objects', blob.slice(0, 2), blob.slice(2)), { force: true });
    await expectRefused(directory, 'REPOSITORY_INCOMPLETE');
  });

  it('a repository that lacks a commit ends with what git says', async () => {
    await addCommits(directory, [
      { at: START, files: [['a.md', '1']] },
      { at: START + 1, files: [['a.md', '2']] },
    ]);
    const first = gitLine(directory, 'rev-parse', 'HEAD^');
    rmSync(join(directory, '.git', 'objects', first.slice(0, 2), first.slice(2)), { force: true });
    await expect(test.importFrom(directory)).rejects.toThrow(GitFailed);
  });

  it('a folder reached by a symbolic link, or checked out at a commit alone, goes well', async () => {
    await oneCommit();
    git(directory, ['checkout', '-q', '--detach', 'main']);
    const link = join(temporary(), 'link');
    symlinkSync(directory, link);
    expect(await test.importFrom(link)).toMatchObject({ imported: 1 });
  });

  it('a work tree added to a repository reads that tree’s own HEAD', async () => {
    await oneCommit();
    const added = join(temporary(), 'added');
    git(directory, ['worktree', 'add', '-q', '--detach', added, 'main']);
    await addCommits(directory, [{ at: START + 1, files: [['a.md', '2']] }]);
    expect(await test.importFrom(added)).toMatchObject({ imported: 1 });
  });

  it('an organisation that does not exist is refused', async () => {
    await oneCommit();
    const organisationId = '00000000-0000-5000-8000-000000000000';
    await expect(test.importFrom(directory, { organisationId })).rejects.toThrow(NotFound);
  });
});

describe('An import', () => {
  it('runs no program that the repository or the caller names, and reads the same whatever they set', async () => {
    await oneCommit();
    const ran = join(temporary(), 'ran');
    const program = join(temporary(), 'program');
    writeFileSync(program, `#!/bin/sh\ntouch '${ran}'\n`);
    chmodSync(program, 0o755);
    const settings = ['core.fsmonitor', 'core.pager', 'diff.external', 'diff.trap.textconv', 'diff.trap.command'];
    for (const setting of [...settings, 'gpg.program', 'core.alternateRefsCommand'])
      git(directory, ['config', setting, program]);
    git(directory, ['config', 'log.showSignature', 'true']);
    git(directory, ['config', 'diff.renames', 'copies']);
    git(directory, ['config', 'diff.orderFile', join(directory, 'absent')]);
    git(directory, ['config', 'format.pretty', 'fuller']);
    git(directory, ['config', 'log.showRoot', 'false']);
    git(directory, ['config', 'color.ui', 'always']);
    writeFileSync(join(directory, '.git', 'info', 'attributes'), '* diff=trap filter=trap\n');
    for (const hook of ['post-index-change', 'reference-transaction']) {
      writeFileSync(join(directory, '.git', 'hooks', hook), `#!/bin/sh\ntouch '${ran}'\n`);
      chmodSync(join(directory, '.git', 'hooks', hook), 0o755);
    }
    const before = process.env.GIT_DIR;
    process.env.GIT_DIR = '/there/is/nothing';
    try {
      expect(await test.importFrom(directory)).toMatchObject({ imported: 1 });
    } finally {
      if (before === undefined) delete process.env.GIT_DIR;
      else process.env.GIT_DIR = before;
    }
    expect(existsSync(ran)).toBe(false);
  });

  it('names the program that is missing when there is no git', async () => {
    await oneCommit();
    const path = process.env.PATH;
    process.env.PATH = temporary();
    try {
      await expectRefused(directory, 'GIT_UNAVAILABLE');
    } finally {
      process.env.PATH = path;
    }
  });

  it.each(['', '/', 'x'.repeat(1_001)])('refuses the glob %j', async (include) => {
    await oneCommit();
    await expect(test.importFrom(directory, { include })).rejects.toMatchObject({ code: 'GLOB_INVALID' });
  });

  it('refuses a path whose policy is of another kind than the one named, and goes on with other paths', async () => {
    await oneCommit();
    await test.importFrom(directory, { kind: 'TERMS' });
    const before = await test.events();
    const commit = {
      at: START + 10,
      files: [
        ['a.md', 'other'],
        ['b.md', 'new'],
      ] as [string, string][],
    };
    await addCommits(directory, [commit]);
    const refused = [{ path: 'a.md', code: 'KIND_DIFFERS', message: expect.stringContaining('TERMS') }];
    expect(await test.importFrom(directory, { kind: 'PRIVACY_NOTICE' })).toMatchObject({ imported: 1, refused });
    expect((await test.policyOfPath('b.md')).kind).toBe('PRIVACY_NOTICE');
    expect(await test.events()).toBeGreaterThan(before);
    expect(await test.importFrom(directory)).toMatchObject({ imported: 1, known: 2, refused: [] });
    expect((await test.policyOfPath('a.md')).kind).toBe('TERMS');
  });

  it('keeps out of a policy’s own history, and goes on with other paths', async () => {
    const { app, importer, organisationId } = test;
    await oneCommit();
    await test.importFrom(directory);
    await amendOrganisation(app, importer, { organisationId, approvalRequired: false });
    const { policyId } = await test.policyOfPath('a.md');
    const text = { policyId, expectedRevision: 0, locale: 'nb', format: 'MARKDOWN' as const, text: '# Egen' };
    await editDraftText(app, importer, text);
    await setDraftStatement(app, importer, { policyId, expectedRevision: 1, statement });
    const duties = { reasons: ['WORDING' as const], summaries: [], renewalPurposes: [], blocking: false, graceDays: 0 };
    await publishVersion(app, importer, { policyId, expectedRevision: 2, label: '1', ...duties });
    test.clock.now = parseInstant('2026-06-20T10:00:00.000Z');
    const later = Date.parse('2026-06-19T10:00:00Z') / 1_000;
    await addCommits(directory, [
      { at: START + 1, files: [['a.md', '2']] },
      {
        at: later,
        files: [
          ['a.md', '3'],
          ['b.md', '1'],
        ],
      },
    ]);
    expect(await test.importFrom(directory)).toMatchObject({
      imported: 2,
      passedOver: [{ path: 'a.md', reason: 'AFTER_OWN_PUBLICATION', versions: 1 }],
      refused: [],
    });
  });

  it('tells its progress up to the end, also where merges explain versions away', async () => {
    await addCommits(directory, [
      { at: START, files: [['a.md', '1']] },
      {
        at: START + 1,
        files: [
          ['a.md', '2'],
          ['b.md', '1'],
        ],
        parents: [0],
      },
      { at: START + 2, files: [['c.md', '1']], parents: [0] },
      { at: START + 3, files: [], parents: [2, 1] },
    ]);
    const told: GitImportProgress[] = [];
    await test.importFrom(directory, { onProgress: (progress) => told.push(progress) });
    expect(told[0]).toEqual({ done: 0, total: 4 });
    expect(told.at(-1)).toEqual({ done: 4, total: 4 });
    expect(told.map(({ done }) => done)).toEqual(told.map(({ done }) => done).toSorted((a, b) => a - b));
  });

  it('starts git a few times for thousands of commits, never once a commit', async () => {
    await addCommits(directory, syntheticHistory({ paths: 20, commits: 2_000, textBytes: 400, seed: 3 }));
    const counting = temporary();
    const real = execFileSync('which', ['git'], { encoding: 'utf8' }).trim();
    writeFileSync(join(counting, 'git'), `#!/bin/sh\necho "$*" >> '${counting}/calls'\nexec '${real}' "$@"\n`);
    chmodSync(join(counting, 'git'), 0o755);
    const path = process.env.PATH;
    process.env.PATH = `${counting}:${path}`;
    try {
      expect(await test.importFrom(directory)).toMatchObject({ imported: 2_000, policies: 20 });
    } finally {
      process.env.PATH = path;
    }
    const calls = execFileSync('cat', [join(counting, 'calls')], { encoding: 'utf8' })
      .trim()
      .split('\n');
    const count = (what: string) => calls.filter((call) => call.includes(` ${what}`)).length;
    expect([count('log '), count('cat-file --batch-check'), count('rev-list'), count('rev-parse')]).toEqual([
      1, 1, 0, 2,
    ]);
    expect(calls).toHaveLength(5);
  });
});
