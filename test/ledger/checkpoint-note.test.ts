import { execFileSync, spawnSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  checkpointText,
  type Note,
  parseCheckpoint,
  parseNote,
  parseVerifierKey,
  type Signer,
  signersOf,
  signNote,
  verifierKeyText,
  verifierOf,
} from '../../src/ledger/checkpoint-note';
import { emptyDirectories } from '../support/sqlite-log-files';

const origin = 'samtykke/0190a5d0-0000-7000-8000-000000000000';

function signer(name = origin): Signer {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  return { ...verifierOf(name, publicKey), privateKey };
}

/** The example of the Go module golang.org/x/mod/sumdb/note, made by another implementation. */
const OTHERS_KEY = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const OTHERS_NOTE =
  'If you think cryptography is the answer to your problem,\n' +
  "then you don't know what your problem is.\n\n" +
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';

describe('notes of others', () => {
  test('verify with their key', () => {
    const verifier = parseVerifierKey(OTHERS_KEY);
    expect(signersOf(parseNote(OTHERS_NOTE), [verifier])).toEqual([verifier]);
  });

  test.each([OTHERS_KEY, 'sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8'])(
    'have keys whose ids we compute alike: %s',
    (text) => {
      expect(verifierKeyText(parseVerifierKey(text))).toBe(text);
    },
  );

  test.each<[string, string]>([
    ['text', OTHERS_NOTE.replace('answer', 'onswer')],
    ['signature', OTHERS_NOTE.replace('x08go/Z', 'x08go/a')],
  ])('whose %s was altered do not', (_, altered) => {
    expect(() => signersOf(parseNote(altered), [parseVerifierKey(OTHERS_KEY)])).toThrow('did not sign');
  });
});

describe('a checkpoint', () => {
  const checkpoint = { origin, size: 1_234, root: Buffer.alloc(32, 0xab) };

  test('is three lines, which come back as they were', () => {
    const text = checkpointText(checkpoint);
    expect(text).toBe(`${origin}\n1234\n${'q6ur'.repeat(10)}q6s=\n`);
    expect(parseCheckpoint(text)).toEqual(checkpoint);
    expect(parseCheckpoint(`${text}extension of somebody\n`)).toEqual(checkpoint);
  });

  test('signed by two keys verifies with each of them, and tells nothing of a third', () => {
    const [old, fresh, other] = [signer(), signer(), signer()];
    const note = parseNote(signNote(checkpointText(checkpoint), [old, fresh]));
    expect(parseCheckpoint(note.text)).toEqual(checkpoint);
    expect(signersOf(note, [old])).toEqual([old]);
    expect(signersOf(note, [other, fresh])).toEqual([fresh]);
    expect(signersOf(note, [other])).toEqual([]);
  });

  test.each<[string, (note: Note) => Note]>([
    ['another size', (note) => ({ ...note, text: note.text.replace('1234', '1235') })],
    ['another origin', (note) => ({ ...note, text: note.text.replace('samtykke', 'samtykkE') })],
    ['no last line feed', (note) => ({ ...note, text: note.text.slice(0, -1) })],
    ['a line more', (note) => ({ ...note, text: `${note.text}more\n` })],
    [
      'a shorter signature',
      (note) => ({
        ...note,
        signatures: note.signatures.map((each) => ({ ...each, signature: each.signature.subarray(1) })),
      }),
    ],
  ])('with %s was not signed', (_, alter) => {
    const own = signer();
    const note = parseNote(signNote(checkpointText(checkpoint), [own]));
    expect(() => signersOf(alter(note), [own])).toThrow(expect.objectContaining({ code: 'CHECKPOINT_NOTE_INVALID' }));
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['a text without signatures', checkpointText(checkpoint)],
    ['a text with an empty block of signatures', `${checkpointText(checkpoint)}\n`],
    ['a signature without a text', '\n\n— a AAAAAAA=\n'],
    ['a hyphen for a dash', `${checkpointText(checkpoint)}\n- a AAAAAAAA\n`],
    ['a name with a plus sign', `${checkpointText(checkpoint)}\n— a+b AAAAAAAA\n`],
    ['a signature shorter than a key id', `${checkpointText(checkpoint)}\n— a AAAA\n`],
    ['loose base64', `${checkpointText(checkpoint)}\n— a AAAAAAAB=\n`],
    ['no last line feed', `${checkpointText(checkpoint)}\n— a AAAAAAAA`],
    ['a carriage return', `${checkpointText(checkpoint).replace('\n', '\r\n')}\n— a AAAAAAAA\n`],
    ['half a surrogate pair', `\ud800\n\n— a AAAAAAAA\n`],
    ['more than may be read', `${'x'.repeat(100_000)}\n\n— a AAAAAAAA\n`],
    ['a hundred and one signatures', `x\n\n${'— a AAAAAAAA\n'.repeat(101)}`],
  ])('is not read from a note that is %s', (_, text) => {
    expect(() => parseNote(text)).toThrow(expect.objectContaining({ code: 'CHECKPOINT_NOTE_INVALID' }));
  });

  const root = Buffer.alloc(32, 1).toString('base64');
  test.each<[string, string]>([
    ['no origin', `\n1\n${root}\n`],
    ['no size', `a\n\n${root}\n`],
    ['a size with a zero before', `a\n01\n${root}\n`],
    ['a negative size', `a\n-1\n${root}\n`],
    ['a size in another base', `a\n0x1\n${root}\n`],
    ['a size that nothing can count', `a\n9007199254740993\n${root}\n`],
    ['a short root', `a\n1\n${Buffer.alloc(31).toString('base64')}\n`],
    ['a root in hexadecimal', `a\n1\n${'ab'.repeat(32)}\n`],
    ['no root', 'a\n1\n'],
    ['an empty extension', `a\n1\n${root}\n\nmore\n`],
    ['no last line feed', `a\n1\n${root}`],
  ])('is not read from a text with %s', (_, text) => {
    expect(() => parseCheckpoint(text)).toThrow(expect.objectContaining({ code: 'CHECKPOINT_NOTE_INVALID' }));
  });

  test.each<[string, string]>([
    ['nothing', ''],
    ['another id', OTHERS_KEY.replace('c74f20a3', 'c74f20a4')],
    ['another kind of key', OTHERS_KEY.replace('+ARpc', '+Ahpc')],
    ['a short key', 'a+c74f20a3+ARpc'],
    ['a name with a space', OTHERS_KEY.replace('Peter', 'Peter ')],
  ])('has no verifier key that is %s', (_, text) => {
    expect(() => parseVerifierKey(text)).toThrow(expect.objectContaining({ code: 'CHECKPOINT_NOTE_INVALID' }));
  });
});

const openssl = spawnSync('openssl', ['version'], { encoding: 'utf8' });
if (openssl.status !== 0)
  process.stderr.write('SKIPPED: the signature of a checkpoint with OpenSSL, which is not installed.\n');

describe('OpenSSL', () => {
  const emptyDirectory = emptyDirectories();

  (openssl.status === 0 ? test : test.skip)('verifies the signature of a checkpoint, and no other text', () => {
    const own = signer();
    const note = parseNote(signNote(checkpointText({ origin, size: 7, root: Buffer.alloc(32, 7) }), [own]));
    const directory = emptyDirectory();
    const file = (name: string, content: string | Uint8Array) => {
      const path = join(directory, name);
      writeFileSync(path, content);
      return path;
    };
    const key = file('key.pem', own.publicKey.export({ format: 'pem', type: 'spki' }));
    const signature = file('signature', note.signatures[0]?.signature ?? '');
    const verify = (text: string) =>
      execFileSync(
        'openssl',
        ['pkeyutl', '-verify', '-pubin', '-inkey', key, '-rawin', '-in', file('text', text), '-sigfile', signature],
        { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' },
      );
    expect(verify(note.text)).toContain('Signature Verified Successfully');
    expect(() => verify(note.text.replace('7', '8'))).toThrow();
    expect(createPublicKey(own.publicKey.export({ format: 'pem', type: 'spki' })).asymmetricKeyType).toBe('ed25519');
  });
});
