import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compareTexts, type SectionComparison } from '../../src/application/comparison/compare-texts';
import { normaliseText } from '../../src/application/comparison/text-tokens';

const data = join(__dirname, '..', '..', '..', 'shared', 'data');
const there = existsSync(data);
if (!there) console.warn(`SKIPPED: comparison of real texts, ${data} is not there`);
const whereThere = there ? describe : describe.skip;

const runsOf = (sections: readonly SectionComparison[], ...ops: string[]): string =>
  sections
    .flatMap((section) => section.words)
    .filter((run) => ops.includes(run.op))
    .map((run) => run.text)
    .join('');

whereThere('two companies on one real template', () => {
  const read = (name: string): string => readFileSync(join(data, 'policies', name), 'utf8');

  test('names, addresses and numbers are all that differs, section by section', () => {
    const from = there ? read('skysoft.txt') : '';
    const to = from
      .replaceAll('Skysoft', 'Fjordbygg')
      .replaceAll('skysoft', 'fjordbygg')
      .replace(/(?<=org\.nr\. )\d{3} \d{3} \d{3}/u, '911 222 333')
      .replace(/^9\. /mu, '10. ');
    const compared = compareTexts(from, to);
    expect(compared.map((section) => section.op)).not.toContain('ADDED');
    expect(compared.map((section) => section.op)).not.toContain('REMOVED');
    const added = compared.flatMap((section) =>
      section.words.filter((run) => run.op === 'ADDED').map((run) => run.text),
    );
    expect(new Set(added)).toEqual(new Set(['Fjordbygg', '911 222 333', '10', 'personvern@fjordbygg.no']));
    expect(runsOf(compared, 'SAME', 'REMOVED')).toBe(from);
    expect(runsOf(compared, 'SAME', 'ADDED')).toBe(to);
  });

  test.each([
    ['skysoft.txt', 10],
    ['skykontoret.txt', 24],
    ['catacloud.txt', 11],
  ])('%s is cut at its %d headings, whatever they look like, and not at its fields', (name, sections) => {
    const headings = compareTexts(read(name), read(name)).map((section) => section.heading);
    expect(headings).toHaveLength(sections);
    expect(headings.filter((heading) => /@|Telefon|samtykke/u.test(heading))).toEqual([]);
  });
});

whereThere('a history of real texts', () => {
  let repository: string;
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', repository, ...args], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });

  beforeAll(() => {
    repository = mkdtempSync(join(tmpdir(), 'comparison-'));
    execFileSync('git', ['clone', '-q', '--bare', '-b', 'main', join(data, 'policy-history.bundle'), repository]);
  });
  afterAll(() => {
    rmSync(repository, { recursive: true, force: true });
  });

  test('every version and the one before it are put together again from their comparison', () => {
    const paths = git('ls-tree', '-r', '--name-only', '-z', 'main')
      .split('\0')
      .filter((path) => path !== '');
    let pairs = 0;
    for (const path of paths) {
      const commits = git('rev-list', '--reverse', 'main', '--', path).trim().split('\n');
      const texts = commits.map((commit) => git('show', `${commit}:${path}`));
      texts.slice(1).forEach((to, at) => {
        const from = texts[at] ?? '';
        const compared = compareTexts(from, to);
        expect(runsOf(compared, 'SAME', 'ADDED')).toBe(to);
        const old = compared.map((section) => normaliseText(runsOf([section], 'SAME', 'REMOVED')));
        expect(old.join('').replace(/\s/gu, '').length).toBe(normaliseText(from).replace(/\s/gu, '').length);
        pairs += 1;
      });
    }
    expect(pairs).toBeGreaterThan(100);
  });
});
