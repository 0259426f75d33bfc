import { runTypescript } from '../support/typescript-child';

const PROGRAM = 'test/support/eventstoredb-double-stray.ts';

describe('an error that the client throws where nobody can catch it', () => {
  test('ends a process without the guard', async () => {
    await expect(runTypescript(PROGRAM, 'late-answer-unguarded')).rejects.toThrow(/is not iterable/);
  });

  test('a late answer leaves the process running, with every append stored once', async () => {
    const said = await runTypescript(PROGRAM, 'late-answer');
    expect(said).toContain('lost track of its appends');
    expect(said).toContain('appended 1\n');
    expect(said).toContain('stored 2\n');
  });

  test('writes queued on a connection that breaks are all stored', async () => {
    expect(await runTypescript(PROGRAM, 'broken-writes')).toContain('appended 200\n');
  });
});

describe('any other error', () => {
  test.each([
    ['foreign-exception', /not in the client/],
    ['foreign-rejection', /nobody cares/],
  ])('ends the process as it would have: %s', async (program, words) => {
    await expect(runTypescript(PROGRAM, program)).rejects.toThrow(words);
  });

  test('is left to the listeners the process has', async () => {
    expect(await runTypescript(PROGRAM, 'foreign-exception-with-listener')).toBe(
      'heard undefined is not iterable, but not in the client\nsurvived \n',
    );
  });
});
