import fc from 'fast-check';
import { sha256Hex } from '../../src/application/aggregate';
import { BoundedCache } from '../../src/application/bounded-cache';
import { textStream } from '../../src/application/stream-names';
import { decodeText, readTextBytes, storeText, utf8Of } from '../../src/application/texts';
import { MAX_TEXT_BYTES } from '../../src/domain/limits';
import { openTestApplication, type TestApplication } from '../support/application-harness';
import { collect } from '../support/event-store-samples';

const ORGANISATION = '11111111-1111-5111-8111-111111111111';
const OTHER = '22222222-2222-5222-8222-222222222222';
const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);

describe(`texts as bytes (X1, X2), seed ${seed}`, () => {
  let test: TestApplication;
  beforeEach(async () => {
    test = await openTestApplication();
  });
  afterEach(() => test.close());

  const received = (bytes: Uint8Array) => ({ locale: 'nb', format: 'PLAIN_TEXT', bytes }) as const;

  /** Read by an application that has not seen the text before. */
  async function stored(bytes: Uint8Array): Promise<Uint8Array> {
    const { sha256 } = await storeText(test.app, ORGANISATION, received(bytes));
    const cold = { ...test.app, texts: new BoundedCache<Uint8Array>(0) };
    return readTextBytes(cold, ORGANISATION, sha256);
  }

  it.each<[string, Uint8Array]>([
    ['an empty text', Buffer.alloc(0)],
    ['a byte order mark', Buffer.from('\ufeffPersonvern')],
    ['CRLF and no final newline', Buffer.from('En\r\nto\rtre')],
    ['decomposed letters', Buffer.from('A\u030Angstro\u0308m')],
    ['soft hyphens and non-breaking spaces', Buffer.from('per\u00adson\u00a0vern')],
    ['Latin-1', Buffer.from('Når du bruker tjenesten', 'latin1')],
    ['control characters and NUL', Buffer.from('a\u0000b\u0001c\u007f')],
    ['every byte there is', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    ['a mebibyte of four-byte characters', Buffer.from('😀'.repeat(MAX_TEXT_BYTES / 4))],
    ['a mebibyte of NUL, which JSON would inflate six times', Buffer.alloc(MAX_TEXT_BYTES)],
    ['pieces cut inside a character', Buffer.from(`x${'ø'.repeat(300_000)}`)],
  ])('%s comes back byte for byte', async (_, bytes) => {
    const back = await stored(bytes);
    expect(sha256Hex(back)).toBe(sha256Hex(bytes));
    expect(back).toHaveLength(bytes.length);
  });

  it('any bytes come back', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 2_000 }), async (bytes) => {
        expect(Buffer.compare(Buffer.from(await stored(bytes)), Buffer.from(bytes))).toBe(0);
      }),
      { seed, numRuns: 100 },
    );
  });

  it('the same text is stored once, however often and by however many at once', async () => {
    const bytes = Buffer.from('The same text');
    await Promise.all(Array.from({ length: 20 }, () => storeText(test.app, ORGANISATION, received(bytes))));
    const events = await collect(test.app.store.readStream(textStream(ORGANISATION, sha256Hex(bytes))));
    expect(events).toHaveLength(1);
  });

  it('a text is never shared between organisations', async () => {
    const { sha256 } = await storeText(test.app, ORGANISATION, received(Buffer.from('Secret draft')));
    await expect(readTextBytes(test.app, OTHER, sha256)).rejects.toThrow('does not hold');
  });

  it('more than a mebibyte is refused, and nothing stored', async () => {
    const bytes = Buffer.alloc(MAX_TEXT_BYTES + 1, 'x');
    await expect(storeText(test.app, ORGANISATION, received(bytes))).rejects.toMatchObject({ code: 'TEXT_TOO_LARGE' });
    expect(await collect(test.app.store.readStream(textStream(ORGANISATION, sha256Hex(bytes))))).toEqual([]);
  });

  it('half a surrogate pair is no text', () => {
    expect(() => utf8Of('a\ud800b')).toThrow(expect.objectContaining({ code: 'TEXT_NOT_UNICODE' }));
    expect(decodeText(utf8Of('\ufeffhei 😀'))).toBe('\ufeffhei 😀');
  });

  it('the charset that is recorded decodes it', () => {
    expect(decodeText(Buffer.from('blåbær', 'latin1'), 'windows-1252')).toBe('blåbær');
  });
});
