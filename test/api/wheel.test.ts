import { createWheel } from '../../src/api/wheel';

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('a wheel', () => {
  test('comes to each entry once in a round, and never again once it was taken out', async () => {
    const seen: string[] = [];
    const look = (names: ReadonlySet<string>) => void seen.push(...names);
    const wheel = createWheel<string>({ roundMs: 400, stepMs: 10, look });
    const names = Array.from({ length: 100 }, (_, index) => `e${index}`);
    const spokes = names.map((name) => wheel.enter(name));
    for (const _ of ['once', 'twice']) wheel.leave('e7', spokes[7] ?? new Set());
    while (seen.length < 150) await pause(5);
    for (const [index, name] of names.entries()) wheel.leave(name, spokes[index] ?? new Set());
    const times = names.map((name) => seen.filter((each) => each === name).length);
    expect(times[7]).toBe(0);
    expect(times.filter((_, index) => index !== 7).every((count) => count === 1 || count === 2)).toBe(true);
    const { length } = seen;
    await pause(100);
    expect(seen).toHaveLength(length);
  });

  test('makes up for steps that were missed, a round of them at the most', async () => {
    let looks = 0;
    const look = () => {
      looks += 1;
    };
    const wheel = createWheel<string>({ roundMs: 50, stepMs: 10, look });
    const spoke = wheel.enter('e');
    const until = performance.now() + 300;
    while (performance.now() < until);
    await pause(5);
    expect(looks).toBe(1);
    wheel.leave('e', spoke);
  });
});
