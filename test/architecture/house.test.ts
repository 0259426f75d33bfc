import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

const ROOT = join(__dirname, '..', '..');
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');

/** Files that git keeps, or would keep. */
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: ROOT,
  encoding: 'utf8',
})
  .split('\n')
  .filter((path) => path !== '' && existsSync(join(ROOT, path)));
const sources = files.filter((path) => /^(src|projections)\/.*\.ts$/.test(path));

const TWO_PAGES_LINES = 120;
const TWO_PAGES_WORDS = 1_300;

describe('ARCHITECTURE.md', () => {
  const text = read('ARCHITECTURE.md');

  it('fits two pages', () => {
    expect(text.split('\n').length).toBeLessThanOrEqual(TWO_PAGES_LINES);
    expect(text.split(/\s+/).length).toBeLessThanOrEqual(TWO_PAGES_WORDS);
  });

  it('names only what is there', () => {
    const named = [...text.matchAll(/`((?:src|projections|test|bench|docs)\/[\w./-]*)`/g)].map(
      (match) => match[1] ?? '',
    );
    expect(named.length).toBeGreaterThan(10);
    expect(named.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });

  it('names every room', () => {
    const rooms = readdirSync(join(ROOT, 'src'));
    const unnamed = rooms.filter((room) => !text.includes(`src/${room}`) && !text.includes(`\`${room}\``));
    expect(unnamed).toEqual([]);
  });
});

describe('the rooms', () => {
  it('hold no file that is named after nothing', () => {
    const vague = /(^|[/.-])(index|utils?|helpers?|services?|managers?|misc|common)\.ts$/;
    expect(sources.filter((path) => vague.test(path))).toEqual([]);
  });

  it('are written in kebab-case', () => {
    expect(sources.filter((path) => !/^[a-z0-9/.-]+$/.test(path))).toEqual([]);
  });

  it('give up no type', () => {
    const typescript = files.filter((path) => /^(src|projections|test|bench)\/.*\.ts$/.test(path));
    const own = (path: string) => path.endsWith('house.test.ts');
    const silenced = /@ts-(ignore|expect-error|nocheck)|biome-ignore/;
    expect(typescript.filter((path) => !own(path) && silenced.test(read(path)))).toEqual([]);
    expect(typescript.filter((path) => givesUp(read(path)))).toEqual([]);
  });

  it('leave nothing for later', () => {
    const later = /\b(TODO|FIXME|XXX|HACK)\b|not (yet )?implemented/;
    expect(sources.filter((path) => later.test(read(path)))).toEqual([]);
  });

  it('read no clock, random source or process in the rules', () => {
    const impure = /\bDate\b(?!T)|Math\.random|\bprocess\.|Temporal\.Now|\bcrypto\b/;
    const domain = sources.filter((path) => path.startsWith('src/domain/') || path.startsWith('projections/'));
    expect(domain.length).toBeGreaterThan(20);
    expect(domain.filter((path) => impure.test(withoutComments(read(path))))).toEqual([]);
  });
});

/** An `any`, or a cast through `unknown`. */
function givesUp(source: string): boolean {
  const file = ts.createSourceFile('x.ts', source, ts.ScriptTarget.Latest, false);
  const isUnknown = (node: ts.Node) => ts.isAsExpression(node) && node.type.kind === ts.SyntaxKind.UnknownKeyword;
  const visit = (node: ts.Node): boolean =>
    node.kind === ts.SyntaxKind.AnyKeyword ||
    (ts.isAsExpression(node) && isUnknown(node.expression)) ||
    ts.forEachChild(node, visit) === true;
  return visit(file);
}

/** The code alone: words in comments and texts bind nobody. */
function withoutComments(source: string): string {
  const file = ts.createSourceFile('x.ts', source, ts.ScriptTarget.Latest, true);
  const words: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node)) words.push(node.text);
    if (ts.isPropertyAccessExpression(node)) words.push(`${node.expression.getText(file)}.${node.name.text}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return words.join('\n');
}

describe('the log of the process', () => {
  it('is made in one place, where secrets are taken out', () => {
    expect(sources.filter((path) => /\bpino\(/.test(read(path)))).toEqual(['src/api/server/server-log.ts']);
  });
});

describe('stored events', () => {
  it('have a golden file each, named by type and schema version', () => {
    const declared = sources
      .filter((path) => path.endsWith('.events.ts'))
      .flatMap((path) => [...read(path).matchAll(/DomainEvent<\s*'(\w+)'/g)].map((match) => match[1] ?? ''));
    expect(declared.length).toBeGreaterThan(25);
    expect(declared.filter((type) => !existsSync(join(ROOT, `test/golden/events/${type}.v1.json`)))).toEqual([]);
  });

  it('are past facts, none of them a change of something', () => {
    const golden = readdirSync(join(ROOT, 'test/golden/events')).map((name) => name.split('.')[0] ?? '');
    expect(golden.filter((type) => /(Changed|Updated|Modified)$/.test(type))).toEqual([]);
  });
});

describe('refusals', () => {
  const refusals = sources
    .filter((path) => path.startsWith('src/'))
    .flatMap((path) => [...read(path).matchAll(/new Refusal\(\s*'([A-Z_]+)'/g)].map((match) => match[1] ?? ''));
  const tests = files
    .filter((path) => path.startsWith('test/'))
    .map(read)
    .join('\n');

  it('are each told in docs/errors.md, and so is every other code', () => {
    const told = read('docs/errors.md');
    const written =
      /\b(?:code(?: =|:) |(?:new \w+|ofFile|ofRepository|answered|apiError|closingError|say)\(\s*(?:terminal, )?)'([A-Z]+(?:_[A-Z\d]+)+)'/g;
    const codes = sources.flatMap((path) => [...read(path).matchAll(written)].map((match) => match[1] ?? ''));
    expect(codes).toEqual(expect.arrayContaining(['REQUEST_TOO_LARGE', 'SLOW_READER', 'BAD_ROLE', 'FILE_EMPTY']));
    const answers = ['VERSION_IN_FORCE', 'NOT_YET_PUBLISHED', 'ALL_WITHDRAWN', 'IMPLIED_CONSENT_CLAUSE'];
    expect(
      [...new Set([...refusals, ...codes])].filter((code) => !told.includes(`\`${code}\``) && !answers.includes(code)),
    ).toEqual([]);
  });

  it('are each met in a test', () => {
    expect(refusals.length).toBeGreaterThan(40);
    expect([...new Set(refusals)].filter((code) => !tests.includes(code))).toEqual([]);
  });
});

describe('what is committed', () => {
  it('names no registry and no path of one machine', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": "http/);
    const own = /\/(home|root|Users)\/\w+\//;
    const text = files.filter(
      (path) =>
        /\.(ts|js|cjs|json|md|yml|graphql|sh)$/.test(path) &&
        path !== 'package-lock.json' &&
        !path.endsWith('house.test.ts'),
    );
    expect(text.filter((path) => own.test(read(path)))).toEqual([]);
  });

  it('locks every optional package that a locked package names', () => {
    const { packages } = JSON.parse(read('package-lock.json')) as {
      packages: Record<string, { optionalDependencies?: Record<string, string> }>;
    };
    const locked = new Set(
      Object.keys(packages).map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length)),
    );
    const named = Object.values(packages).flatMap(({ optionalDependencies = {} }) => Object.keys(optionalDependencies));
    expect(named.filter((name) => !locked.has(name))).toEqual([]);
  });

  it('has the top level that a newcomer is told of', () => {
    const expected = [
      'package.json',
      'tsconfig.json',
      'src',
      'schema.graphql',
      'projections',
      'docker-compose.yml',
      'test',
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'CHANGELOG.md',
      'docs',
      'bench',
      'Dockerfile',
      'LICENSE',
      '.editorconfig',
      '.nvmrc',
      '.github/workflows/ci.yml',
      '.ci/run',
    ];
    expect(expected.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
  });
});
