import * as fc from 'fast-check';
import { createBudget } from '../../../src/application/imports/budget';
import { createFlagFinder } from '../../../src/application/imports/flag-finder';
import { planGitImport } from '../../../src/application/imports/git-import-plan';
import { pathGlob } from '../../../src/application/imports/path-glob';
import type { PathVersion } from '../../../src/application/imports/path-versions';
import { formatOf, slugOf, slugsOf, titleOf } from '../../../src/application/imports/policy-names';
import { charsetOf } from '../../../src/application/imports/text-encoding';
import { findImpliedConsentClauses } from '../../../src/domain/policy/implied-consent';
import type { Entry } from '../../../src/domain/policy/policy.state';
import { assertSlug } from '../../../src/domain/slug';
import { instantAt } from '../../../src/domain/time';

describe('A glob of paths', () => {
  it.each<[string, readonly string[], readonly string[]]>([
    ['*.md', ['a.md', 'b/c.md', '.md'], ['a.mdx', 'a.txt', 'x.md.bak']],
    ['/*.md', ['a.md', 'b/c.md'], ['a.txt']],
    ['b/*.md', ['b/c.md'], ['a.md', 'b/c/d.md', 'x/b/c.md']],
    ['b/**', ['b/c', 'b/c/d'], ['a', 'c/b']],
    ['**/c.md', ['c.md', 'b/c.md', 'a/b/c.md'], ['cc.md']],
    ['b/**/d.md', ['b/d.md', 'b/c/d.md', 'b/c/c/d.md'], ['d.md', 'b/d.mdx']],
    ['policies', ['policies/a.md', 'x/policies/b/c'], ['policies.md', 'policiesx/a']],
    ['./policies/', ['policies/a.md'], ['policies.md']],
    ['a?c.md', ['abc.md', 'aåc.md', 'a😀c.md'], ['ac.md', 'abbc.md']],
    ['a[1].(md)', ['a[1].(md)'], ['a1.md']],
    ['Æ Ø*', ['Æ Ø.md', 'Æ Ø/å'], ['æ ø.md']],
    ['a**b', ['ab', 'axxb'], ['a/b']],
    ['*.{md,txt}', ['a.md', 'b/c.txt', 'x.{md,txt}'], ['a.html', 'a.mdx']],
    ['{a,b/{c,d}}/*', ['a/x', 'b/c/x', 'b/d/x'], ['b/x', 'c/x']],
    ['{a}.md', ['{a}.md'], ['a.md']],
    ['v[0-9]/[!._]*', ['v1/a.md', 'v9/b'], ['va/a.md', 'v1/.a', 'v1/_b', 'v10/a']],
    ['[æøå-]*', ['ærlig.md', '-x', 'b/ø'], ['a.md']],
    ['a[z-a][]b', ['a[z-a][]b'], ['ab', 'az[]b']],
    ['a-b/-*.md', ['a-b/-c.md'], ['a-b/c.md', 'a\\-b/-c.md']],
    ['[^a].md', ['^.md', 'a.md'], ['b.md']],
  ])('%j names some and leaves others', (glob, named, left) => {
    const names = pathGlob(glob);
    expect(named.filter((path) => !names(path))).toEqual([]);
    expect(left.filter((path) => names(path))).toEqual([]);
  });

  it.each([
    ['nothing', ''],
    ['folders alone', './'],
    ['an empty choice', '{a,}'],
    ['too many', '{a,b}'.repeat(8)],
  ])('with %s in it cannot be read', (_, glob) => {
    expect(() => pathGlob(glob)).toThrow(expect.objectContaining({ code: 'GLOB_INVALID' }));
  });

  it('answers in time that grows with the path, whatever the glob', () => {
    const names = pathGlob(`${'**/a/'.repeat(150)}b`);
    expect(names('a/'.repeat(1_500))).toBe(false);
  });
});

describe('The names of a policy', () => {
  it.each([
    ['Skysoft/Personvernerklæring.md', 'skysoft-personvernerklaering', 'Personvernerklæring'],
    ['Blåbær Ønsker.txt', 'blabaer-onsker', 'Blåbær Ønsker'],
    ['a\u030a.md', 'a', 'a\u030a'],
    ['Straße №1.markdown', 'strasse-no1', 'Straße №1'],
    ['.gitattributes', 'gitattributes', '.gitattributes'],
    ['v1.2/Terms of Service v2.0.html', 'v1-2-terms-of-service-v2-0', 'Terms of Service v2.0'],
    ['隐私.md', 'policy', '隐私'],
    ['-- / --', 'policy', '--'],
    [`${'lang '.repeat(40)}.md`, 'lang-lang-lang-lang-lang-lang-lang-lang-lang-lang-lang-lang-lang', undefined],
  ])('of %j are the slug %j and the title %j', (path, slug, title) => {
    expect(slugOf(path)).toBe(slug.slice(0, 64));
    if (title !== undefined) expect(titleOf(path)).toBe(title);
  });

  it('are slugs for every path, and differ where paths do', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', minLength: 1 }),
        fc.string({ unit: 'grapheme', minLength: 1 }),
        (a, b) => {
          for (const slug of slugsOf(a)) assertSlug(slug);
          expect(titleOf(a).length).toBeLessThanOrEqual(200);
          if (a !== b) expect(slugsOf(a)[3]).not.toBe(slugsOf(b)[3]);
        },
      ),
    );
  });

  it('tell Markdown by its extension', () => {
    expect(['a.md', 'A.MD', 'a.markdown', 'a.txt', 'md'].map(formatOf)).toEqual([
      ...Array.from({ length: 3 }, () => 'MARKDOWN'),
      'PLAIN_TEXT',
      'PLAIN_TEXT',
    ]);
  });
});

describe('The charset of a file', () => {
  it.each<[string, Uint8Array, string | undefined]>([
    ['UTF-8', Buffer.from('blåbær'), undefined],
    ['UTF-8 with a byte order mark', Buffer.from('\ufeffblåbær'), undefined],
    ['nothing', Buffer.alloc(0), undefined],
    ['Latin-1', Buffer.from('bl\u00e5', 'latin1'), 'windows-1252'],
    ['UTF-16 with a byte order mark', Buffer.from('\ufeffblå', 'utf16le'), 'utf-16le'],
    ['UTF-16 the other way round', Buffer.from('\ufeffblå', 'utf16le').swap16(), 'utf-16be'],
    ['an odd number of bytes behind such a mark', Buffer.from([0xff, 0xfe, 0x41]), 'windows-1252'],
  ])('of %s is told', (_, bytes, charset) => {
    expect(charsetOf(bytes)).toBe(charset);
  });
});

describe('Flags', () => {
  const claim = 'Ved å bruke tjenesten samtykker du til behandlingen.';

  it('are those of the whole text, also when paragraphs come again in other texts', () => {
    const flagsIn = createFlagFinder();
    const parts = [
      claim,
      'Vi lagrer lite.',
      '# Samtykke',
      'Når du bruker tjenesten,\nsamtykker du.',
      '',
      '\u00a0',
      claim,
      'Ved å bruke tjenesten:',
      '- samtykker du til reklame',
      '  2. godtar du vilkårene.',
      '– Vi lagrer lite:',
    ];
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...parts)),
        fc.constantFrom('\n\n', '\r\n\r\n', '\n', '\n \t\n\n'),
        (used, gap) => {
          const text = used.join(gap);
          const expected = findImpliedConsentClauses(text).map(({ passage }) => passage);
          expect(flagsIn(text, 'nb').map(({ passage }) => passage)).toEqual(expected);
        },
      ),
    );
  });
});

describe('A byte budget', () => {
  it('keeps what runs at a time below its limit, lets a larger one run alone, and survives failures', async () => {
    const budget = createBudget(10);
    let running = 0;
    let most = 0;
    const sizes = [4, 4, 4, 25, 1, 9, 10, 3];
    const tasks = sizes.map((size, index) =>
      budget.run(size, async () => {
        running += size;
        most = Math.max(most, running > 10 ? running - size : running);
        await new Promise((resolve) => setImmediate(resolve));
        running -= size;
        if (index === 2) throw new Error('failed');
        return size;
      }),
    );
    const done = await Promise.allSettled(tasks);
    expect(done.filter(({ status }) => status === 'rejected')).toHaveLength(1);
    expect(most).toBeLessThanOrEqual(10);
    expect(running).toBe(0);
  });
});

describe('The plan of an import', () => {
  const wantedAt = (commit: string, second: number): PathVersion => ({
    commit,
    kind: 'file',
    blob: commit,
    label: commit,
    committedAt: instantAt(second * 1_000),
    effectiveFrom: instantAt(second * 1_000),
  });

  /** The order in which entries decide: by date, then by recording (rule V1). */
  function byEffect(a: Entry, b: Entry): number {
    return a.effectiveFrom < b.effectiveFrom ? -1 : a.effectiveFrom > b.effectiveFrom ? 1 : a.order - b.order;
  }

  function entryOf({ commit, effectiveFrom, committedAt }: PathVersion, order: number): Entry {
    const source = { commit, path: 'a', committedAt };
    const retiredAt = effectiveFrom;
    return { kind: 'retirement', id: `${commit}@${order}`, order, effectiveFrom, retiredAt, imported: true, source };
  }

  it('leads from any recorded state to the wanted order and dates, and is then empty', () => {
    const history = fc.uniqueArray(fc.tuple(fc.constantFrom(...'abcdefgh'), fc.integer({ min: 0, max: 3 })), {
      selector: ([commit]) => commit,
    });
    fc.assert(
      fc.property(history, history, (before, after) => {
        const wanted = after.toSorted(([, a], [, b]) => a - b).map(([commit, second]) => wantedAt(commit, second));
        const recorded = before
          .map(([commit, second], order) => entryOf(wantedAt(commit, second), order))
          .toSorted(byEffect);
        const plan = planGitImport(wanted, recorded);
        const left = recorded.filter((entry) => !plan.revoke.includes(entry));
        const added = plan.record.map(({ version }, index) => entryOf(version, recorded.length + index));
        const result = [...left, ...added];
        expect(result.toSorted(byEffect).map(({ source }) => source?.commit)).toEqual(
          wanted.map(({ commit }) => commit),
        );
        expect(left).toHaveLength(plan.known);
        const again = planGitImport(wanted, result.toSorted(byEffect));
        expect(again).toEqual({ revoke: [], record: [], known: wanted.length });
      }),
    );
  });
});
