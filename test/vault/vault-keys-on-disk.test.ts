import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keyEncryptionKeyFiles } from '../../src/vault/key-encryption-keys';
import { openSqliteVault } from '../../src/vault/sqlite/sqlite-vault';
import { restoreVault } from '../../src/vault/sqlite/vault-backup';
import { tendEpochs } from '../../src/vault/tend-epochs';
import { BACKUP_WINDOW_MS, type Vault } from '../../src/vault/vault';
import { type Clocks, DAY_MS, newClocks, on } from './clocks';

const ORGANISATION = '018c2f6e-7b1d-7c3a-9a55-3f2b1c0d9e8f';

let directory: string;
let clocks: Clocks;
const keysDirectory = () => join(directory, 'keys');
const keyFile = (epoch: number) => join(keysDirectory(), `vault-${epoch}.key`);
const openAt = (path: string) => {
  const keys = keyEncryptionKeyFiles(keysDirectory(), () => undefined);
  return openSqliteVault({ path, keys, ...on(clocks) });
};
const open = () => openAt(join(directory, 'data', 'vault.db'));
const rotate = async (vault: Vault) => {
  clocks.nowMs += DAY_MS;
  await vault.beginEpoch();
  while ((await vault.rewrap()) > 0);
};

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'samtykke-'));
  clocks = newClocks();
});
afterEach(() => rmSync(directory, { recursive: true }));

describe('the key files of a vault', () => {
  test('of epochs out of use are destroyed after the window, and no others', async () => {
    const vault = await open();
    await vault.subjectOf(ORGANISATION, 'kari');
    await rotate(vault);
    await rotate(vault);
    clocks.nowMs += BACKUP_WINDOW_MS - 1;
    expect(await vault.destroyUnusedKeys()).toEqual([1]);
    expect(readdirSync(keysDirectory())).toEqual(['vault-2.key', 'vault-3.key']);
    clocks.nowMs += 1;
    expect(await vault.destroyUnusedKeys()).toEqual([2]);
    expect(readdirSync(keysDirectory())).toEqual(['vault-3.key']);
    await vault.close();
    const again = await open();
    expect(await again.findSubjects(ORGANISATION, ['kari'])).toEqual([expect.any(String)]);
    await rotate(again);
    expect(readdirSync(keysDirectory())).toEqual(['vault-3.key', 'vault-4.key']);
    await again.close();
  });

  test('that somebody removed already count as destroyed', async () => {
    const vault = await open();
    await rotate(vault);
    rmSync(keyFile(1));
    clocks.nowMs += BACKUP_WINDOW_MS;
    expect(await vault.destroyUnusedKeys()).toEqual([1]);
    await vault.close();
  });

  test('open every backup within the window, and none from before an erasure that is final', async () => {
    const vault = await open();
    const { id } = await vault.subjectOf(ORGANISATION, 'kari');
    await vault.backup(join(directory, 'before'));
    const erasure = await vault.eraseSubject(id);
    const finalAtMs = Date.parse(`${erasure?.finalOn}T00:00:00Z`);
    const stolen = join(directory, 'before', 'vault.db');
    for (; clocks.nowMs < finalAtMs; clocks.nowMs += 3_600_000) {
      await tendEpochs(vault, clocks.nowMs);
      if (clocks.nowMs < (erasure?.erasedAtMs ?? 0) + BACKUP_WINDOW_MS) expect(existsSync(keyFile(1))).toBe(true);
    }
    await expect(openAt(stolen)).rejects.toMatchObject({ code: 'VAULT_KEY_MISSING', epoch: 1 });
    await vault.close();
  });

  test('that a restored vault does not know are destroyed like the others', async () => {
    const vault = await open();
    const { id } = await vault.subjectOf(ORGANISATION, 'kari');
    await vault.backup(join(directory, 'copy'));
    await rotate(vault);
    await rotate(vault);
    await vault.close();
    rmSync(join(directory, 'data'), { recursive: true });
    restoreVault(join(directory, 'copy'), join(directory, 'data', 'vault.db'));
    const restored = await open();
    expect(await restored.findSubjects(ORGANISATION, ['kari'])).toEqual([id]);
    await rotate(restored);
    expect((await restored.epochs()).map(({ epoch, unusedSinceMs }) => [epoch, unusedSinceMs])).toEqual([
      [1, clocks.nowMs],
      [2, clocks.nowMs],
      [3, clocks.nowMs],
      [4, undefined],
    ]);
    clocks.nowMs += BACKUP_WINDOW_MS;
    expect(await restored.destroyUnusedKeys()).toEqual([1, 2, 3]);
    expect(readdirSync(keysDirectory())).toEqual(['vault-4.key']);
    expect(await restored.externalIdsOf([id])).toEqual(['kari']);
    await restored.close();
  });

  test('are destroyed once by two nodes, and neither uses them any more', async () => {
    const [here, there] = [await open(), await open()];
    await there.subjectOf(ORGANISATION, 'kari');
    await rotate(here);
    clocks.nowMs += BACKUP_WINDOW_MS;
    const destroyed = await Promise.all([here.destroyUnusedKeys(), there.destroyUnusedKeys()]);
    expect(destroyed).toEqual([[1], []]);
    expect(await there.findSubjects(ORGANISATION, ['kari'])).toEqual([expect.any(String)]);
    await here.close();
    await there.close();
  });
});
