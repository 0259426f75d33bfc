import { setTimeout as pause } from 'node:timers/promises';
import { openHeldKeys } from '../../src/vault/held-keys';
import { SubjectKeyGone } from '../../src/vault/vault';

const KEY = () => Buffer.alloc(32, 7);
const ZEROS = Buffer.alloc(32);
/** The very memory that a key stands in. */
const memoryOf = (held: { use<T>(work: (key: Uint8Array) => T): T }) => held.use((key) => key);

describe('a key that is held', () => {
  let now: number;
  const holding = (max = 3) => openHeldKeys({ steadyMs: () => now, lifeMs: 60, handleMs: 30, max });
  const read = (keyId: string) => ({ keyId, epoch: 1, key: KEY() });
  beforeEach(() => {
    now = 1_000;
  });

  test('is taken over: the bytes it came in are overwritten', () => {
    const given = read('k');
    const held = holding().hold('kari', given);
    expect(given.key.equals(ZEROS)).toBe(true);
    expect(held.use((key) => KEY().equals(key))).toBe(true);
  });

  test('is given out only while it lives for as long as a handle must', () => {
    const keys = holding();
    keys.hold('kari', read('k'));
    now += 30;
    expect(keys.get('kari')).toMatchObject({ keyId: 'k', epoch: 1 });
    now += 1;
    expect(keys.get('kari')).toBeUndefined();
    expect(keys.get('ola')).toBeUndefined();
  });

  test('is overwritten once its life is over, in each of the copies that were read', () => {
    const keys = holding();
    const first = keys.hold('kari', read('k'));
    now += 40;
    const second = keys.hold('kari', read('k'));
    const memory = [memoryOf(first), memoryOf(second)];
    now += 20;
    keys.get('somebody else');
    expect(memory.map((bytes) => ZEROS.equals(bytes))).toEqual([true, false]);
    expect(() => first.use(() => 0)).toThrow(SubjectKeyGone);
    now += 40;
    expect(() => second.use(() => 0)).toThrow(SubjectKeyGone);
    expect(memory.map((bytes) => ZEROS.equals(bytes))).toEqual([true, true]);
  });

  test('is overwritten when it is dropped, with all its copies', () => {
    const keys = holding();
    const copies = [keys.hold('kari', read('k')), keys.hold('kari', read('k'))];
    const other = keys.hold('ola', read('o'));
    const memory = copies.map(memoryOf);
    keys.drop('kari');
    expect(memory.every((bytes) => ZEROS.equals(bytes))).toBe(true);
    expect(keys.get('kari')).toBeUndefined();
    expect(() => copies[1]?.use(() => 0)).toThrow(SubjectKeyGone);
    expect(other.use((key) => KEY().equals(key))).toBe(true);
    keys.clear();
    expect(() => other.use(() => 0)).toThrow(SubjectKeyGone);
  });

  test('makes room for newer ones: at once when its handles are over, else it ends by its age', () => {
    const keys = holding(2);
    const old = keys.hold('old', read('1'));
    const oldMemory = memoryOf(old);
    now += 30;
    const young = keys.hold('young', read('2'));
    keys.hold('third', read('3'));
    expect(keys.get('old')).toBeUndefined();
    expect(ZEROS.equals(oldMemory)).toBe(true);
    keys.hold('fourth', read('4'));
    expect(keys.get('young')).toBeUndefined();
    expect(young.use((key) => KEY().equals(key))).toBe(true);
    now += 60;
    expect(() => young.use(() => 0)).toThrow(SubjectKeyGone);
  });

  test('is overwritten without anybody asking for it', async () => {
    const keys = openHeldKeys({ steadyMs: () => performance.now(), lifeMs: 20, handleMs: 10, max: 10 });
    const memory = [memoryOf(keys.hold('kari', read('k')))];
    await pause(5);
    memory.push(memoryOf(keys.hold('ola', read('o'))));
    for (let turn = 0; turn < 200 && !memory.every((bytes) => ZEROS.equals(bytes)); turn += 1) await pause(10);
    expect(memory.every((bytes) => ZEROS.equals(bytes))).toBe(true);
  });
});
