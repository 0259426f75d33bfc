import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SealBroken } from '../../src/vault/sealed-box';
import {
  EPOCH_MIN_LIFE_MS,
  ERASED,
  PEPPER_BYTES,
  type Vault,
  VaultBackupExists,
  VaultInputInvalid,
  VaultUnavailable,
} from '../../src/vault/vault';
import { type Clocks, newClocks, type OpenVault } from './clocks';

const ORGANISATION = '018c2f6e-7b1d-7c3a-9a55-3f2b1c0d9e8f';
const OTHER = '018c2f6e-7b1d-7c3a-9a55-3f2b1c0d9e90';
const PLACE = { stream: 'policy-1', eventId: 'event-1', type: 'PolicyRetired', field: 'sealedReason' };
const KARI = { issuer: 'urn:test', claim: 'kari', name: 'Kari Nordmann' };

/** What every vault does, wherever it keeps its rows. `open` opens an empty one on these clocks. */
export function describeVault(kind: string, open: OpenVault): void {
  describe(`a vault in ${kind}`, () => {
    let vault: Vault;
    let clocks: Clocks;
    beforeEach(async () => {
      clocks = newClocks();
      vault = await open(clocks);
    });
    afterEach(() => vault.close());

    test('is told apart from another by its id', async () => {
      const other = await open(clocks);
      expect(vault.id).toMatch(/^[0-9a-f-]{36}$/);
      expect(other.id).not.toBe(vault.id);
      await other.close();
    });

    test('is unused until it holds anybody, also when that is forgotten again', async () => {
      expect(await vault.isUsed()).toBe(false);
      await vault.eraseActor(await vault.actorOf(KARI));
      expect(await vault.isUsed()).toBe(true);
      const other = await open(clocks);
      await other.pepperOf(ORGANISATION);
      expect(await other.isUsed()).toBe(true);
      await other.close();
    });

    test('knows the same claim as the same actor and others as others', async () => {
      const kari = await vault.actorOf(KARI);
      expect(await vault.actorOf(KARI)).toBe(kari);
      expect(await vault.actorOf({ issuer: KARI.issuer, claim: KARI.claim })).toBe(kari);
      expect(kari).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4/);
      for (const stranger of [
        { issuer: 'urn:other', claim: 'kari' },
        { issuer: 'urn:test', claim: 'Kari' },
        { issuer: 'urn:test', claim: 'kari ' },
        { issuer: 'urn:testk', claim: 'ari' },
        { issuer: 'urn:test","kari', claim: 'x' },
      ]) {
        expect(await vault.actorOf(stranger)).not.toBe(kari);
      }
    });

    test('makes one actor of fifty who come at once', async () => {
      const ids = await Promise.all(Array.from({ length: 50 }, () => vault.actorOf(KARI)));
      expect(new Set(ids).size).toBe(1);
    });

    test("gives an actor's name back exactly, and the newest one", async () => {
      const claim = { issuer: 'urn:test', claim: '\0 "\\ 😀' };
      const actor = await vault.actorOf(claim);
      expect(await vault.actorName(actor)).toBeUndefined();
      for (const name of ['Åse \0 "Ødegård"', 'A\u030Ase', '😀'.repeat(100)]) {
        expect(await vault.actorOf({ ...claim, name })).toBe(actor);
        expect(await vault.actorName(actor)).toBe(name);
      }
      await vault.actorOf(claim);
      expect(await vault.actorName(actor)).toBe('😀'.repeat(100));
    });

    test('knows no name for an actor that is none', async () => {
      for (const id of ['', 'nobody', ORGANISATION, '\0', '\uD800', 'x'.repeat(1e6)]) {
        expect(await vault.actorName(id)).toBeUndefined();
        expect(await vault.eraseActor(id)).toBeUndefined();
      }
    });

    test('forgets an actor, says so, and makes a new one of the same claim', async () => {
      const kari = await vault.actorOf(KARI);
      const ola = await vault.actorOf({ ...KARI, claim: 'ola', name: 'Ola' });
      const erasure = await vault.eraseActor(kari);
      expect(erasure).toEqual({ keyId: expect.stringMatching(/^[0-9a-f-]{36}$/), epoch: 1 });
      expect(await vault.eraseActor(kari)).toEqual(erasure);
      expect(await vault.actorName(kari)).toBe(ERASED);
      const again = await vault.actorOf(KARI);
      expect(again).not.toBe(kari);
      expect(await vault.actorName(again)).toBe(KARI.name);
      expect(await vault.actorName(ola)).toBe('Ola');
    });

    test.each([
      ['an empty issuer', { issuer: '', claim: 'x' }],
      ['an empty claim', { issuer: 'x', claim: '' }],
      ['an empty name', { issuer: 'x', claim: 'x', name: '' }],
      ['an endless claim', { issuer: 'x', claim: 'x'.repeat(1_001) }],
      ['an endless name', { issuer: 'x', claim: 'x', name: 'x'.repeat(201) }],
      ['half a character', { issuer: 'x', claim: 'a\uDC00b' }],
    ])('refuses an actor with %s', async (_, person) => {
      await expect(vault.actorOf(person)).rejects.toBeInstanceOf(VaultInputInvalid);
    });

    test('keeps one pepper for each organisation, also when fifty ask at once', async () => {
      const peppers = await Promise.all(Array.from({ length: 50 }, () => vault.pepperOf(ORGANISATION)));
      const [first] = peppers;
      expect(first).toHaveLength(PEPPER_BYTES);
      for (const pepper of peppers) expect(hex(pepper)).toBe(hex(first));
      expect(hex(await vault.pepperOf(OTHER))).not.toBe(hex(first));
    });

    test('does not let a caller spoil the pepper that the next one gets', async () => {
      const before = hex(await vault.pepperOf(ORGANISATION));
      (await vault.pepperOf(ORGANISATION)).fill(0);
      expect(hex(await vault.pepperOf(ORGANISATION))).toBe(before);
    });

    test("an organisation's key opens what it sealed, later too, and nothing of another place or organisation", async () => {
      const sealed = (await vault.organisationKey(ORGANISATION)).seal(PLACE, 'Kari bad om det \0 😀');
      expect(sealed).toMatch(/^[\w-]+$/);
      const key = await vault.organisationKey(ORGANISATION);
      expect(key.open(PLACE, sealed)).toBe('Kari bad om det \0 😀');
      expect(key.seal(PLACE, 'Kari bad om det \0 😀')).not.toBe(sealed);
      for (const part of Object.keys(PLACE)) {
        expect(() => key.open({ ...PLACE, [part]: 'another' }, sealed)).toThrow(SealBroken);
      }
      const other = await vault.organisationKey(OTHER);
      expect(() => other.open(PLACE, sealed)).toThrow(SealBroken);
      for (const broken of ['', 'A', `${sealed}=`, `${sealed}AAAA`, sealed.slice(0, -2)]) {
        expect(() => key.open(PLACE, broken)).toThrow(SealBroken);
      }
      expect(() => key.seal(PLACE, 'a\uD800')).toThrow(VaultInputInvalid);
      expect(() => key.seal({ ...PLACE, stream: '' }, 'x')).toThrow(VaultInputInvalid);
    });

    test("what an organisation's key sealed outlives new epochs and the erasure of a person", async () => {
      const sealed = (await vault.organisationKey(ORGANISATION)).seal(PLACE, 'Feil');
      const { id } = await vault.subjectOf(ORGANISATION, 'kari');
      await vault.eraseSubject(id);
      clocks.nowMs += EPOCH_MIN_LIFE_MS;
      await vault.beginEpoch();
      while ((await vault.rewrap()) > 0);
      expect((await vault.organisationKey(ORGANISATION)).open(PLACE, sealed)).toBe('Feil');
    });

    test.each([
      ['nothing', ''],
      ['a slug', 'skysoft'],
      ['another spelling of an id', ORGANISATION.toUpperCase()],
      ['an id and a space', `${ORGANISATION} `],
      ['an id and a NUL', `${ORGANISATION}\0`],
    ])('refuses a pepper for %s', async (_, id) => {
      await expect(vault.pepperOf(id)).rejects.toBeInstanceOf(VaultInputInvalid);
      await expect(vault.organisationKey(id)).rejects.toBeInstanceOf(VaultInputInvalid);
    });

    test('does not copy itself over another copy', async () => {
      const directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
      await vault.backup(join(directory, 'first'));
      await expect(vault.backup(join(directory, 'first'))).rejects.toBeInstanceOf(VaultBackupExists);
      rmSync(directory, { recursive: true });
    });

    test('answers nothing after it was closed, and closes twice', async () => {
      await vault.close();
      await vault.close();
      await expect(vault.actorOf(KARI)).rejects.toBeInstanceOf(VaultUnavailable);
      await expect(vault.pepperOf(ORGANISATION)).rejects.toBeInstanceOf(VaultUnavailable);
      await expect(vault.organisationKey(ORGANISATION)).rejects.toBeInstanceOf(VaultUnavailable);
      await expect(vault.backup('/nowhere')).rejects.toBeInstanceOf(VaultUnavailable);
    });
  });
}

function hex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('hex');
}
