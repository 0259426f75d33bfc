import { globInvalid } from './import-refusals';

const MAX_GLOB_LENGTH = 1_000;
/** Globs that the alternatives in braces come to. */
const MAX_ALTERNATIVES = 100;

/**
 * Which paths a glob names: `*` and `?` stand for characters but `/`, `**` for any number of folders, `[a-z]` and
 * `[!a-z]` for one of those characters or of the others, `{md,txt}` for either. A glob without `/` is a file's or a
 * folder's name anywhere; one that names a folder means everything below it. A name that is the glob to the letter is
 * named too.
 *
 * @throws Refusal GLOB_INVALID
 */
export function pathGlob(glob: string): (path: string) => boolean {
  if (glob.length > MAX_GLOB_LENGTH) throw globInvalid();
  const globs = alternativesOf([glob]).map(segmentTests);
  return (path) => {
    const names = path.split('/');
    return globs.some((tests) => matches(tests, names));
  };
}

/** Each glob with the innermost `{a,b}` replaced, until none is left; and as it was, for names with braces in them. */
function alternativesOf(globs: readonly string[]): readonly string[] {
  const found = new Set(globs);
  for (const glob of found) {
    const braces = /\{([^{}]*,[^{}]*)\}/u.exec(glob);
    if (!braces) continue;
    const [whole, choices = ''] = braces;
    const rest = glob.slice(braces.index + whole.length);
    for (const choice of choices.split(',')) found.add(`${glob.slice(0, braces.index)}${choice}${rest}`);
    if (found.size > MAX_ALTERNATIVES) throw globInvalid();
  }
  return [...found];
}

/** @throws Refusal GLOB_INVALID */
function segmentTests(glob: string): readonly SegmentTest[] {
  const pattern = glob.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
  if (pattern === '') throw globInvalid();
  return (pattern.includes('/') ? pattern : `**/${pattern}`).split('/').map(segmentTest);
}

type SegmentTest = ((name: string) => boolean) | 'any folders';

function segmentTest(segment: string): SegmentTest {
  if (segment === '**') return 'any folders';
  const pieces = Array.from(segment.matchAll(PIECE), ([piece]) => pieceExpression(piece));
  const expression = new RegExp(`^${pieces.join('')}$`, 'u');
  return (name) => name === segment || expression.test(name);
}

/** Stars, a question mark, a class of characters, or one other character. */
const PIECE = /\*+|\?|\[!?[^!\]][^\]]*\]|./gsu;

function pieceExpression(piece: string): string {
  if (piece.startsWith('*')) return '[^]*';
  if (piece === '?') return '[^]';
  if (piece.length < 3 || !piece.startsWith('[')) return literal(piece);
  const [, negation = '', members = ''] = /^\[(!?)(.*)\]$/su.exec(piece) ?? [];
  const ranges = Array.from(members.matchAll(/(.)-(.)|(.)/gsu), ([, from = '', to = '', one = '']) =>
    from === '' ? member(one) : from <= to ? `${member(from)}-${member(to)}` : '',
  );
  return `[${negation === '' ? '' : '^'}${ranges.join('')}]`;
}

function literal(character: string): string {
  return character.replace(/[.*+?^${}()|[\]\\/]/u, '\\$&');
}

/** One of a class. Only there may a hyphen be escaped, and has to be. */
function member(character: string): string {
  return character === '-' ? '\\-' : literal(character);
}

/** Walks names and tests side by side; after a `**` it goes back there whenever a later test fails. */
function matches(tests: readonly SegmentTest[], names: readonly string[]): boolean {
  let test = 0;
  let retryTest = -1;
  let retryName = 0;
  for (let name = 0; name < names.length; ) {
    const current = tests[test];
    if (current === 'any folders') {
      test += 1;
      retryTest = test;
      retryName = name;
    } else if (current === undefined) {
      // Every test is met: what is left lies below the folder that was named.
      return true;
    } else if (current(names[name] ?? '')) {
      test += 1;
      name += 1;
    } else if (retryTest >= 0) {
      retryName += 1;
      test = retryTest;
      name = retryName;
    } else {
      return false;
    }
  }
  return tests.slice(test).every((left) => left === 'any folders');
}
