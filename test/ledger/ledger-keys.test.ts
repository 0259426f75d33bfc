import { createPrivateKey } from 'node:crypto';
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseVerifierKey } from '../../src/ledger/checkpoint-note';
import { ensureLedgerKey, exportLedgerKeys, ledgerKeysOf, rotateLedgerKey } from '../../src/ledger/ledger-keys';
import { emptyDirectories } from '../support/sqlite-log-files';

const origin = 'samtykke/one';

describe('keys of the ledger', () => {
  const emptyDirectory = emptyDirectories();
  const ignore = () => undefined;

  test('the first is made once, with a warning, for its owner alone, and found again', () => {
    const directory = emptyDirectory();
    const warnings: string[] = [];
    ensureLedgerKey(directory, origin, (message) => warnings.push(message));
    const [first] = ledgerKeysOf(directory, origin);
    ensureLedgerKey(directory, origin, (message) => warnings.push(message));
    expect(ledgerKeysOf(directory, origin).map(({ keyId }) => keyId)).toEqual([first?.keyId]);
    expect(warnings).toEqual([expect.stringContaining('ledger-1.key')]);
    expect(statSync(join(directory, 'ledger-1.key')).mode & 0o777).toBe(0o600);
  });

  test('are files that any tool for PEM reads', () => {
    const directory = emptyDirectory();
    ensureLedgerKey(directory, origin, ignore);
    const content = readFileSync(join(directory, 'ledger-1.key'), 'utf8');
    expect(content).toMatch(/^samtykke\/one\n-----BEGIN PRIVATE KEY-----\n/);
    expect(createPrivateKey(content).asymmetricKeyType).toBe('ed25519');
  });

  test('of another log in the same directory are left alone', () => {
    const directory = emptyDirectory();
    ensureLedgerKey(directory, origin, ignore);
    ensureLedgerKey(directory, 'samtykke/two', ignore);
    expect(readdirSync(directory).sort()).toEqual(['ledger-1.key', 'ledger-2.key']);
    expect(ledgerKeysOf(directory, origin).map(({ generation }) => generation)).toEqual([1]);
    expect(ledgerKeysOf(directory, 'samtykke/two').map(({ generation }) => generation)).toEqual([2]);
  });

  test('are rotated under the same name, and exported without their secrets', () => {
    const directory = emptyDirectory();
    ensureLedgerKey(directory, origin, ignore);
    expect(rotateLedgerKey(directory)).toMatchObject({ generation: 2, name: origin, replacesLost: false });
    expect(rotateLedgerKey(directory, true)).toMatchObject({ generation: 3, name: origin, replacesLost: true });
    const exported = exportLedgerKeys(directory);
    expect(exported.map(({ generation }) => generation)).toEqual([1, 2, 3]);
    for (const { verifierKey, pem } of exported) {
      expect(parseVerifierKey(verifierKey).publicKey.export({ format: 'pem', type: 'spki' })).toBe(pem);
      expect(pem).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
    }
  });

  test('there are none to rotate or export before the first start', () => {
    const directory = emptyDirectory();
    expect(() => rotateLedgerKey(directory)).toThrow(expect.objectContaining({ code: 'LEDGER_KEY_MISSING' }));
    expect(() => exportLedgerKeys(directory)).toThrow(expect.objectContaining({ code: 'LEDGER_KEY_MISSING' }));
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['a name alone', `${origin}\n`],
    ['a key without a name', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'],
    ['a broken key', `${origin}\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n`],
  ])('a file that holds %s is named and not used', (_, content) => {
    const directory = emptyDirectory();
    writeFileSync(join(directory, 'ledger-1.key'), content);
    expect(() => ledgerKeysOf(directory, origin)).toThrow(expect.objectContaining({ code: 'KEY_FILE_UNUSABLE' }));
  });
});
