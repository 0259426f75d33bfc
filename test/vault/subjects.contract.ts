import { randomUUID } from 'node:crypto';
import { SealBroken } from '../../src/vault/sealed-box';
import {
  ERASED,
  KEY_HANDLE_MS,
  KEY_LIFE_MS,
  MAX_PAGE,
  MAX_SUBJECTS_AT_ONCE,
  SubjectKeyGone,
  type Vault,
  VaultInputInvalid,
  VaultUnavailable,
} from '../../src/vault/vault';
import { type Clocks, newClocks, type OpenVault } from './clocks';

const ORGANISATION = '018c2f6e-7b1d-7c3a-9a55-3f2b1c0d9e8f';
const OTHER = '018c2f6e-7b1d-7c3a-9a55-3f2b1c0d9e90';
const UUID_V4 = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PLACE = { stream: 'subject-1', eventId: 'event-1', type: 'ProcessingObjected', field: 'reason' };

/** Persons whose facts the log holds, as every vault keeps them. */
export function describeSubjects(kind: string, open: OpenVault): void {
  describe(`people of a vault in ${kind}`, () => {
    let vault: Vault;
    let clocks: Clocks;
    beforeEach(async () => {
      clocks = newClocks();
      vault = await open(clocks);
    });
    afterEach(() => vault.close());
    const subjectOf = async (externalId: string) => (await vault.subjectOf(ORGANISATION, externalId)).id;
    const keyOf = async (id: string) => {
      const key = await vault.subjectKey(id);
      if (key === undefined) throw new Error('There is no key.');
      return key;
    };

    describe('the persons of a vault', () => {
      test('are made when first asked for, and found by the exact external id afterwards', async () => {
        const made = await vault.subjectOf(ORGANISATION, 'kunde-17');
        expect(made).toEqual({ id: expect.stringMatching(UUID_V4), created: true });
        expect(await vault.subjectOf(ORGANISATION, 'kunde-17')).toEqual({ id: made.id, created: false });
        for (const other of ['Kunde-17', 'kunde-17 ', 'kunde-1', 'kunde-17","', ' kunde-17']) {
          expect((await vault.subjectOf(ORGANISATION, other)).id).not.toBe(made.id);
        }
      });

      test('are told apart by form: a composed letter is another than a letter and its accent', async () => {
        expect(await subjectOf('\u00C5se')).not.toBe(await subjectOf('A\u030Ase'));
      });

      test('are of one organisation: the same external id elsewhere is somebody else', async () => {
        const here = await subjectOf('kari');
        expect(await vault.findSubjects(OTHER, ['kari'])).toEqual([undefined]);
        expect((await vault.subjectOf(OTHER, 'kari')).id).not.toBe(here);
      });

      test('are one for a hundred who ask at once, and one of them made it', async () => {
        const answers = await Promise.all(Array.from({ length: 100 }, () => vault.subjectOf(ORGANISATION, 'kari')));
        expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
        expect(answers.filter(({ created }) => created)).toHaveLength(1);
      });

      test('come a thousand at once, in their order, each once', async () => {
        const first = await subjectOf('person 3');
        const ids = Array.from({ length: MAX_SUBJECTS_AT_ONCE }, (_, turn) => `person ${turn % 600}`);
        const made = await vault.subjectsOf(ORGANISATION, ids);
        expect(made).toHaveLength(MAX_SUBJECTS_AT_ONCE);
        expect(made.filter(({ created }) => created)).toHaveLength(599);
        expect(made[3]).toEqual({ id: first, created: false });
        expect(made[600]).toEqual({ id: made[0]?.id, created: false });
        expect(await vault.externalIdsOf(made.map(({ id }) => id))).toEqual(ids);
        expect(await vault.findSubjects(ORGANISATION, ids)).toEqual(made.map(({ id }) => id));
        const again = await vault.subjectsOf(ORGANISATION, [...ids].reverse());
        expect(again).toEqual([...made].reverse().map(({ id }) => ({ id, created: false })));
      });

      test('are not made for nobody', async () => {
        expect(await vault.subjectsOf(ORGANISATION, [])).toEqual([]);
        expect(await vault.findSubjects(ORGANISATION, [])).toEqual([]);
        expect(await vault.externalIdsOf([])).toEqual([]);
        expect(await vault.subjectStates([])).toEqual([]);
      });

      test.each([
        ['empty', ''],
        ['too long', 'x'.repeat(501)],
        ['half a character', 'a\uDC00b'],
        ['with a NUL', 'a\0b'],
      ])('are refused with an external id that is %s, and nobody of the same call is made', async (_, bad) => {
        await expect(vault.subjectOf(ORGANISATION, bad)).rejects.toBeInstanceOf(VaultInputInvalid);
        await expect(vault.subjectsOf(ORGANISATION, ['good', bad])).rejects.toBeInstanceOf(VaultInputInvalid);
        await expect(vault.findSubjects(ORGANISATION, ['good', bad])).rejects.toBeInstanceOf(VaultInputInvalid);
        expect(await vault.findSubjects(ORGANISATION, ['good'])).toEqual([undefined]);
      });

      test('may have an external id of any other kind, given back exactly', async () => {
        const odd = ['x'.repeat(500), '😀'.repeat(250), '__proto__', '{"a":1}', ' ', '\n', '\uFEFFkari', '01017012345'];
        const made = await vault.subjectsOf(ORGANISATION, odd);
        expect(await vault.externalIdsOf(made.map(({ id }) => id))).toEqual(odd);
      });

      test('are refused by the thousand and one, for an organisation that is none, and of another type', async () => {
        const many = Array.from({ length: MAX_SUBJECTS_AT_ONCE + 1 }, () => 'x');
        const refused = [
          vault.subjectsOf(ORGANISATION, many),
          vault.findSubjects(ORGANISATION, many),
          vault.externalIdsOf(many),
          vault.subjectStates(many),
          vault.subjectOf('skysoft', 'x'),
          vault.subjectsOf(ORGANISATION.toUpperCase(), ['x']),
          vault.findSubjects('', ['x']),
          vault.subjectOf(ORGANISATION, JSON.parse('17')),
          vault.subjectsOf(ORGANISATION, JSON.parse('"kari"')),
          vault.subjectsOf(ORGANISATION, JSON.parse('[null]')),
        ];
        for (const answer of await Promise.allSettled(refused)) {
          expect(answer).toEqual({ status: 'rejected', reason: expect.any(VaultInputInvalid) });
        }
      });

      test('without an external id have a key of their own, once', async () => {
        const id = randomUUID();
        expect(await vault.addAnonymousSubject(id)).toEqual({ created: true });
        const { keyId } = await keyOf(id);
        expect(await vault.addAnonymousSubject(id)).toEqual({ created: false });
        expect((await keyOf(id)).keyId).toBe(keyId);
        expect(await vault.externalIdsOf([id])).toEqual([undefined]);
        expect(await vault.subjectStates([id])).toEqual(['KEPT']);
      });

      test("without an external id are refused under an actor's id, or one that is no UUID", async () => {
        const actor = await vault.actorOf({ issuer: 'urn:test', claim: 'kari', name: 'Kari' });
        for (const id of [actor, '', 'kari', randomUUID().toUpperCase()]) {
          await expect(vault.addAnonymousSubject(id)).rejects.toBeInstanceOf(VaultInputInvalid);
        }
        expect(await vault.actorName(actor)).toBe('Kari');
      });

      test('are no actors, and actors no persons', async () => {
        const subject = await subjectOf('kari');
        const actor = await vault.actorOf({ issuer: ORGANISATION, claim: 'kari', name: 'Kari' });
        expect(await vault.eraseActor(subject)).toBeUndefined();
        expect(await vault.eraseSubject(actor)).toBeUndefined();
        expect(await vault.subjectKey(actor)).toBeUndefined();
        expect(await vault.externalIdsOf([actor])).toEqual([undefined]);
        expect(await vault.subjectStates([actor, subject])).toEqual(['ABSENT', 'KEPT']);
        expect(await vault.actorName(subject)).toBeUndefined();
      });

      test('that nobody made are unknown, whatever is asked', async () => {
        const nobody = ['', 'nobody', ORGANISATION, '\0', '\uD800', 'x'.repeat(1e6)];
        expect(await vault.externalIdsOf(nobody)).toEqual(nobody.map(() => undefined));
        expect(await vault.subjectStates(nobody)).toEqual(nobody.map(() => 'ABSENT'));
        for (const id of nobody) {
          expect(await vault.subjectKey(id)).toBeUndefined();
          expect(await vault.eraseSubject(id)).toBeUndefined();
        }
      });
    });

    describe('the erasure of a person', () => {
      test('answers the same for ever, and makes the same external id somebody else', async () => {
        const [kari, ola] = [await subjectOf('kari'), await subjectOf('ola')];
        const { keyId } = await keyOf(kari);
        const erasure = await vault.eraseSubject(kari);
        expect(erasure).toEqual({ keyId, epoch: 1, erasedAtMs: clocks.nowMs, finalOn: expect.any(String) });
        clocks.nowMs += 1e10;
        expect(await vault.eraseSubject(kari)).toEqual(erasure);
        expect(await vault.externalIdsOf([kari, ola, kari])).toEqual([ERASED, 'ola', ERASED]);
        expect(await vault.subjectStates([kari, ola])).toEqual(['ERASED', 'KEPT']);
        expect(await vault.subjectKey(kari)).toBeUndefined();
        expect(await vault.findSubjects(ORGANISATION, ['kari', 'ola'])).toEqual([undefined, ola]);
        const again = await vault.subjectOf(ORGANISATION, 'kari');
        expect(again).toEqual({ id: expect.not.stringMatching(kari), created: true });
        expect((await keyOf(again.id)).keyId).not.toBe(keyId);
        expect(await vault.externalIdsOf([again.id, kari])).toEqual(['kari', ERASED]);
      });

      test('by fifty at once destroys one key', async () => {
        const kari = await subjectOf('kari');
        const erasures = await Promise.all(Array.from({ length: 50 }, () => vault.eraseSubject(kari)));
        expect(new Set(erasures.map((erasure) => JSON.stringify(erasure))).size).toBe(1);
      });

      test('holds for one without an external id: its id is never made again', async () => {
        const id = randomUUID();
        await vault.addAnonymousSubject(id);
        await vault.eraseSubject(id);
        expect(await vault.addAnonymousSubject(id)).toBe(ERASED);
        expect(await vault.subjectStates([id])).toEqual(['ERASED']);
        expect(await vault.externalIdsOf([id])).toEqual([ERASED]);
        expect(await vault.subjectKey(id)).toBeUndefined();
      });

      test('ends every use of the key, also by those who have it', async () => {
        const kari = await subjectOf('kari');
        const keys = [await keyOf(kari), await keyOf(kari)];
        const sealed = keys[0]?.seal(PLACE, 'Jeg vil ikke') ?? '';
        const commandKey = keys[0]?.commandKey;
        await vault.eraseSubject(kari);
        for (const key of keys) {
          expect(() => key.open(PLACE, sealed)).toThrow(SubjectKeyGone);
          expect(() => key.seal(PLACE, 'x')).toThrow(SubjectKeyGone);
          expect(() => key.streamTag('subject-1')).toThrow(SubjectKeyGone);
          expect(() => key.commandKey).toThrow(SubjectKeyGone);
        }
        expect(commandKey).toHaveLength(32);
      });
    });

    describe('the pages over persons', () => {
      test('show everybody with a key once, by id, and everybody erased on others', async () => {
        const made = await vault.subjectsOf(ORGANISATION, ['a', 'b', 'c', 'd', 'e', 'f', 'g']);
        await vault.actorOf({ issuer: 'urn:test', claim: 'kari' });
        const anonymous = randomUUID();
        await vault.addAnonymousSubject(anonymous);
        const [kept, erased] = [made.slice(3).map(({ id }) => id), made.slice(0, 3).map(({ id }) => id)];
        const keyIds = new Map<string, string>();
        for (const id of [...kept, ...erased, anonymous]) keyIds.set(id, (await keyOf(id)).keyId);
        const erasures = new Map<string, unknown>();
        for (const id of erased) erasures.set(id, await vault.eraseSubject(id));

        expect(await everyPage(2, vault.subjects)).toEqual(
          [...kept, anonymous].sort().map((id) => ({ id, keyId: keyIds.get(id), anonymous: id === anonymous })),
        );
        expect(await everyPage(2, vault.tombstones)).toEqual(
          [...erased].sort().map((id) => ({ id, ...Object(erasures.get(id)) })),
        );
      });

      test.each([0, -1, 1.5, Number.NaN, MAX_PAGE + 1])('are not %p long', async (limit) => {
        await expect(vault.subjects(undefined, limit)).rejects.toBeInstanceOf(VaultInputInvalid);
        await expect(vault.tombstones(undefined, limit)).rejects.toBeInstanceOf(VaultInputInvalid);
      });
    });

    describe('the key of a person', () => {
      test('opens what it sealed, exactly, and seals the same never twice alike', async () => {
        const key = await keyOf(await subjectOf('kari'));
        for (const text of ['', 'Jeg vil ikke', '\0', 'e\u0301', '😀'.repeat(10_000)]) {
          const sealed = key.seal(PLACE, text);
          expect(sealed).toMatch(/^[\w-]+$/);
          expect(key.open(PLACE, sealed)).toBe(text);
          expect(key.seal(PLACE, text)).not.toBe(sealed);
        }
      });

      test('stays the same when asked for again, now, later, and after the vault forgot it', async () => {
        const kari = await subjectOf('kari');
        const first = await keyOf(kari);
        const sealed = first.seal(PLACE, 'hemmelig');
        const [tag, commandKey] = [first.streamTag('subject-1'), hex(first.commandKey)];
        for (const passed of [0, KEY_HANDLE_MS, KEY_LIFE_MS]) {
          clocks.steadyMs += passed;
          const again = await keyOf(kari);
          expect([again.keyId, again.epoch]).toEqual([first.keyId, 1]);
          expect([again.streamTag('subject-1'), hex(again.commandKey)]).toEqual([tag, commandKey]);
          expect(again.open(PLACE, sealed)).toBe('hemmelig');
        }
      });

      test.each([
        ['stream', { ...PLACE, stream: 'subject-2' }],
        ['event', { ...PLACE, eventId: 'event-2' }],
        ['type', { ...PLACE, type: 'ProcessingRestricted' }],
        ['field', { ...PLACE, field: 'name' }],
        ['event and field, run together', { ...PLACE, eventId: 'event-1|reason', field: 'x' }],
      ])('does not open what was sealed for another %s', async (_, elsewhere) => {
        const key = await keyOf(await subjectOf('kari'));
        const sealed = key.seal(PLACE, 'hemmelig');
        expect(() => key.open(elsewhere, sealed)).toThrow(SealBroken);
        expect(key.open(PLACE, sealed)).toBe('hemmelig');
      });

      test("does not open another person's", async () => {
        const sealed = (await keyOf(await subjectOf('kari'))).seal(PLACE, 'hemmelig');
        const ola = await keyOf(await subjectOf('ola'));
        expect(() => ola.open(PLACE, sealed)).toThrow(SealBroken);
      });

      test('opens nothing that was altered, cut, lengthened, or is no seal', async () => {
        const key = await keyOf(await subjectOf('kari'));
        const sealed = key.seal(PLACE, 'hemmelig');
        const bytes = Buffer.from(sealed, 'base64url');
        for (let bit = 0; bit < bytes.length * 8; bit += 5) {
          const altered = Buffer.from(bytes);
          altered.writeUInt8(altered.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
          expect(() => key.open(PLACE, altered.toString('base64url'))).toThrow(SealBroken);
        }
        const broken = [
          '',
          'A',
          sealed.slice(0, -2),
          `${sealed}AAAA`,
          `${sealed}=`,
          ` ${sealed}`,
          'å',
          JSON.parse('null'),
        ];
        for (const text of broken) expect(() => key.open(PLACE, text)).toThrow(SealBroken);
      });

      test.each([
        ['a stream that is empty', { ...PLACE, stream: '' }, 'x'],
        ['an endless field', { ...PLACE, field: 'x'.repeat(201) }, 'x'],
        ['no event', { ...PLACE, eventId: JSON.parse('null') }, 'x'],
        ['half a character', PLACE, 'a\uD800'],
        ['an endless text', PLACE, 'x'.repeat(20_001)],
        ['no text', PLACE, JSON.parse('null')],
      ])('seals nothing with %s', async (_, place, text) => {
        const key = await keyOf(await subjectOf('kari'));
        expect(() => key.seal(place, text)).toThrow(VaultInputInvalid);
      });

      test('gives streams tags, and commands a key, that tell nothing of each other', async () => {
        const [kari, ola] = [await keyOf(await subjectOf('kari')), await keyOf(await subjectOf('ola'))];
        expect(kari.streamTag('subject-1')).toMatch(/^[\w-]{43}$/);
        const tags = [kari.streamTag('subject-1'), kari.streamTag('subject-2'), ola.streamTag('subject-1')];
        expect(new Set([...tags, hex(kari.commandKey), hex(ola.commandKey)]).size).toBe(5);
      });

      test('is not spoilt by whoever overwrites the copy they got', async () => {
        const key = await keyOf(await subjectOf('kari'));
        const before = hex(key.commandKey);
        key.commandKey.fill(0);
        expect(hex(key.commandKey)).toBe(before);
      });

      test('is good for half a minute from when it is given, and for a minute at most', async () => {
        const kari = await subjectOf('kari');
        const early = await keyOf(kari);
        clocks.steadyMs += KEY_LIFE_MS - KEY_HANDLE_MS;
        const late = await keyOf(kari);
        clocks.steadyMs += KEY_HANDLE_MS - 1;
        expect(late.streamTag('x')).toBe(early.streamTag('x'));
        clocks.steadyMs += 1;
        expect(() => late.streamTag('x')).toThrow(SubjectKeyGone);
        expect(() => early.streamTag('x')).toThrow(SubjectKeyGone);
      });

      test('is of no use once the vault is closed', async () => {
        const kari = await subjectOf('kari');
        const key = await keyOf(kari);
        await vault.close();
        expect(() => key.streamTag('x')).toThrow(SubjectKeyGone);
        await expect(vault.subjectKey(kari)).rejects.toBeInstanceOf(VaultUnavailable);
        await expect(vault.subjectOf(ORGANISATION, 'kari')).rejects.toBeInstanceOf(VaultUnavailable);
        await expect(vault.eraseSubject(kari)).rejects.toBeInstanceOf(VaultUnavailable);
        await expect(vault.subjects(undefined, 1)).rejects.toBeInstanceOf(VaultUnavailable);
      });
    });
  });
}

async function everyPage<T extends { readonly id: string }>(
  limit: number,
  page: (after: string | undefined, limit: number) => Promise<readonly T[]>,
): Promise<readonly T[]> {
  const all: T[] = [];
  for (let next = await page(undefined, limit); next.length > 0; next = await page(all.at(-1)?.id, limit)) {
    all.push(...next);
  }
  return all;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
