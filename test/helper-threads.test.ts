import { runTypescript } from './support/typescript-child';

if (process.platform === 'linux') {
  test('the helpers of the engine come after the thread that answers, and those made later beside it', async () => {
    const levels = JSON.parse(await runTypescript('test/support/thread-levels.child.ts'));
    expect(levels).toEqual({ main: 0, helpers: [expect.any(Number)], later: [0] });
    expect(levels.helpers[0]).toBeGreaterThan(0);
  });
} else {
  test.skip('SKIPPED: threads have levels of their own on Linux only', () => undefined);
}
