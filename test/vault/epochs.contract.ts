import { EPOCH_TENDING_MS } from '../../src/vault/erasure-finality';
import { tendEpochs } from '../../src/vault/tend-epochs';
import {
  BACKUP_WINDOW_MS,
  EPOCH_MIN_LIFE_MS,
  ERASED,
  REWRAP_BATCH,
  type Vault,
  VaultEpochTooYoung,
} from '../../src/vault/vault';
import { type Clocks, DAY_MS, newClocks, type OpenVault } from './clocks';

const ORGANISATION = '018c2f6e-7b1d-7c3a-9a55-3f2b1c0d9e8f';
const KARI = { issuer: 'urn:test', claim: 'kari', name: 'Kari Nordmann' };
const PLACE = { stream: 'subject-1', eventId: 'event-1', type: 'FactCorrected', field: 'reason' };

/** Epochs of key-encryption keys, as every vault has them (rule E2). */
export function describeEpochs(kind: string, open: OpenVault): void {
  describe(`the epochs of a vault in ${kind}`, () => {
    let vault: Vault;
    let clocks: Clocks;
    beforeEach(async () => {
      clocks = newClocks();
      vault = await open(clocks);
    });
    afterEach(() => vault.close());

    const rewrapAll = async () => {
      while ((await vault.rewrap()) > 0);
    };
    /** Runs the daily work each hour, as nodes do, until a time. */
    const tendUntil = async (untilMs: number) => {
      const destroyed: number[] = [];
      for (; clocks.nowMs < untilMs; clocks.nowMs += EPOCH_TENDING_MS) {
        destroyed.push(...(await tendEpochs(vault, clocks.nowMs)).destroyed);
      }
      return destroyed;
    };

    test('change nothing that is answered, before and after keys are wrapped anew', async () => {
      const kari = await vault.actorOf(KARI);
      const { id: subject } = await vault.subjectOf(ORGANISATION, 'kari');
      const pepper = Buffer.from(await vault.pepperOf(ORGANISATION));
      const tag = (await vault.subjectKey(subject))?.streamTag('subject-1');
      const sealed = (await vault.subjectKey(subject))?.seal(PLACE, 'Skrevet feil dato') ?? '';
      clocks.nowMs += DAY_MS;
      expect(await vault.beginEpoch()).toBe(2);
      const ola = await vault.actorOf({ ...KARI, claim: 'ola', name: 'Ola' });
      const check = async () => {
        clocks.steadyMs += DAY_MS;
        expect(await vault.actorOf(KARI)).toBe(kari);
        expect(await vault.actorName(kari)).toBe(KARI.name);
        expect(await vault.actorName(ola)).toBe('Ola');
        expect(Buffer.from(await vault.pepperOf(ORGANISATION)).equals(pepper)).toBe(true);
        expect(await vault.subjectOf(ORGANISATION, 'kari')).toEqual({ id: subject, created: false });
        expect(await vault.externalIdsOf([subject])).toEqual(['kari']);
        const key = await vault.subjectKey(subject);
        expect(key?.streamTag('subject-1')).toBe(tag);
        expect(key?.open(PLACE, sealed)).toBe('Skrevet feil dato');
      };
      await check();
      expect(await vault.rewrap()).toBeGreaterThan(0);
      expect(await vault.rewrap()).toBe(0);
      await check();
      expect((await vault.eraseActor(kari))?.epoch).toBe(2);
      expect((await vault.eraseSubject(subject))?.epoch).toBe(2);
    });

    test('wrap any number of keys anew, a batch at a time', async () => {
      await vault.subjectsOf(
        ORGANISATION,
        Array.from({ length: REWRAP_BATCH }, (_, turn) => `person ${turn}`),
      );
      for (let turn = 0; turn < 99; turn += 1) await vault.actorOf({ ...KARI, claim: `person ${turn}` });
      await vault.pepperOf(ORGANISATION);
      clocks.nowMs += DAY_MS;
      await vault.beginEpoch();
      const batches = [await vault.rewrap(), await vault.rewrap(), await vault.rewrap()];
      expect(batches).toEqual([REWRAP_BATCH, 100, 0]);
    });

    test('find everybody in the middle of a rotation', async () => {
      const names = Array.from({ length: 2 * REWRAP_BATCH }, (_, turn) => `person ${turn}`);
      const made = await vault.subjectsOf(ORGANISATION, names);
      clocks.nowMs += DAY_MS;
      await vault.beginEpoch();
      await vault.rewrap();
      const ids = made.map(({ id }) => id);
      expect(await vault.findSubjects(ORGANISATION, names)).toEqual(ids);
      expect(await vault.externalIdsOf(ids)).toEqual(names);
      const again = await vault.subjectsOf(ORGANISATION, [...names, 'somebody new']);
      expect(again.slice(0, -1)).toEqual(ids.map((id) => ({ id, created: false })));
      await vault.eraseSubject(String(ids[0]));
      await vault.eraseSubject(String(ids.at(-1)));
      await rewrapAll();
      const found = await vault.findSubjects(ORGANISATION, [...names, 'somebody new']);
      expect(found).toEqual([undefined, ...ids.slice(1, -1), undefined, again.at(-1)?.id]);
    });

    test('begin once a day at most', async () => {
      clocks.nowMs += EPOCH_MIN_LIFE_MS - 1;
      await expect(vault.beginEpoch()).rejects.toEqual(expect.any(VaultEpochTooYoung));
      await expect(vault.beginEpoch()).rejects.toMatchObject({
        code: 'VAULT_EPOCH_TOO_YOUNG',
        epoch: 1,
        replaceableFromMs: clocks.nowMs + 1,
      });
      clocks.nowMs += 1;
      expect(await vault.beginEpoch()).toBe(2);
      await expect(vault.beginEpoch()).rejects.toMatchObject({ epoch: 2 });
      expect((await vault.epochs()).map(({ epoch }) => epoch)).toEqual([1, 2]);
    });

    test('are not held up by a clock that was a year ahead', async () => {
      clocks.nowMs += 365 * DAY_MS;
      await vault.beginEpoch();
      clocks.nowMs -= 364 * DAY_MS;
      expect(await vault.beginEpoch()).toBe(3);
    });

    test('are in use until the last key was wrapped anew', async () => {
      await vault.actorOf(KARI);
      const begunAtMs = clocks.nowMs;
      const plain = { unusedSinceMs: undefined, destroyedAtMs: undefined, hasErasures: false };
      expect(await vault.epochs()).toEqual([{ ...plain, epoch: 1, begunAtMs }]);
      clocks.nowMs += DAY_MS;
      await vault.beginEpoch();
      expect((await vault.epochs())[0]?.unusedSinceMs).toBeUndefined();
      clocks.nowMs += 1;
      await rewrapAll();
      const unusedSinceMs = clocks.nowMs;
      clocks.nowMs += 1;
      await rewrapAll();
      expect(await vault.epochs()).toEqual([
        { ...plain, epoch: 1, begunAtMs, unusedSinceMs },
        { ...plain, epoch: 2, begunAtMs: begunAtMs + DAY_MS },
      ]);
    });

    test('lose their key once no backup of the window needs it, and not before', async () => {
      const kari = await vault.actorOf(KARI);
      clocks.nowMs += DAY_MS;
      await vault.beginEpoch();
      await rewrapAll();
      clocks.nowMs += BACKUP_WINDOW_MS - 1;
      expect(await vault.destroyUnusedKeys()).toEqual([]);
      clocks.nowMs += 1;
      expect(await vault.destroyUnusedKeys()).toEqual([1]);
      expect(await vault.destroyUnusedKeys()).toEqual([]);
      expect((await vault.epochs()).map(({ destroyedAtMs }) => destroyedAtMs)).toEqual([clocks.nowMs, undefined]);
      expect(await vault.actorName(kari)).toBe(KARI.name);
    });

    test('keep their key as long as anything is wrapped with it, however old they are', async () => {
      const kari = await vault.actorOf(KARI);
      clocks.nowMs += DAY_MS;
      await vault.beginEpoch();
      clocks.nowMs += 10 * BACKUP_WINDOW_MS;
      expect(await vault.destroyUnusedKeys()).toEqual([]);
      expect(await vault.actorName(kari)).toBe(KARI.name);
    });

    test('do not change where nobody was erased', async () => {
      await vault.subjectOf(ORGANISATION, 'kari');
      expect(await tendUntil(clocks.nowMs + 3 * DAY_MS)).toEqual([]);
      expect(await vault.epochs()).toHaveLength(1);
    });

    test('make an erasure final by the day it named', async () => {
      const { id } = await vault.subjectOf(ORGANISATION, 'kari');
      await vault.subjectOf(ORGANISATION, 'ola');
      clocks.nowMs += 5 * 3_600_000;
      const erasure = await vault.eraseSubject(id);
      expect(erasure).toMatchObject({ epoch: 1, erasedAtMs: clocks.nowMs, finalOn: '2024-04-02' });
      const finalAtMs = Date.parse(`${erasure?.finalOn}T00:00:00Z`);
      expect(await tendUntil(finalAtMs - DAY_MS)).toEqual([]);
      expect(await tendUntil(finalAtMs)).toEqual([1]);
      expect(await vault.findSubjects(ORGANISATION, ['ola'])).toEqual([expect.any(String)]);
      expect(await vault.eraseSubject(id)).toEqual(erasure);
      expect(await vault.externalIdsOf([id])).toEqual([ERASED]);
    });

    test('begin once when several nodes see that it is due', async () => {
      const { id } = await vault.subjectOf(ORGANISATION, 'kari');
      await vault.eraseSubject(id);
      clocks.nowMs += DAY_MS;
      const tended = await Promise.all(Array.from({ length: 5 }, () => tendEpochs(vault, clocks.nowMs)));
      expect(tended.map(({ begun }) => begun).filter((begun) => begun !== undefined)).toEqual([2]);
      expect(await vault.epochs()).toHaveLength(2);
    });
  });
}
