import { globInvalid } from './import-refusals';

const MAX_GLOB_LENGTH = 1_000;

/**
 * Which paths a glob names: `*` and `?` stand for characters but `/`, `**` for any number of folders. A glob without
 * `/` is a file's or a folder's name anywhere; one that names a folder means everything below it.
 *
 * @throws Refusal GLOB_INVALID
 */
export function pathGlob(glob: string): (path: string) => boolean {
  const pattern = glob.replace(/^(\.?\/)+/, '').replace(/\/+$/, '');
  if (pattern === '' || glob.length > MAX_GLOB_LENGTH) throw globInvalid();
  const tests = (pattern.includes('/') ? pattern : `**/${pattern}`).split('/').map(segmentTest);
  return (path) => matches(tests, path.split('/'));
}

type SegmentTest = ((name: string) => boolean) | 'any folders';

function segmentTest(segment: string): SegmentTest {
  if (segment === '**') return 'any folders';
  const parts = segment
    .split(/\*+/)
    .map((part) => part.replaceAll(/[.*+^${}()|[\]\\]/g, '\\$&').replaceAll('?', '[^]'));
  const expression = new RegExp(`^${parts.join('[^]*')}$`, 'u');
  return (name) => expression.test(name);
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
