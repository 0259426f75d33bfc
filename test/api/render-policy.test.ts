import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { renderPolicyHtml } from '../../src/api/render-policy';
import type { TextFormat } from '../../src/domain/policy/policy.events';

/** Replay a failure with TEST_SEED=<the seed printed>. */
const seed = Number(process.env.TEST_SEED ?? Date.now() % 2 ** 31);

const plain = (text: string): string => renderPolicyHtml(text, 'PLAIN_TEXT').trim();
const markdown = (text: string): string => renderPolicyHtml(text, 'MARKDOWN').trim();

const attacks = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '<iframe src="javascript:alert(1)"></iframe>',
  '<a href="javascript:alert(1)">x</a>',
  '<!--<img src="--><img src=x onerror=alert(1)//">',
  '<style>*{display:none}</style>',
  '"><script>alert(1)</script>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '# <b onmouseover=alert(1)>Tittel</b>',
  '- <script>alert(1)</script>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt:alert(1))',
  '[x](java\nscript:alert(1))',
  '[x](java&#10;script:alert(1))',
  '[x](&#x6A;avascript:alert(1))',
  '[x](\u0001javascript:alert(1))',
  '[x](data:text/html;base64,PHNjcmlwdD4=)',
  '[x](data:image/png;base64,AAAA)',
  '[x](vbscript:msgbox(1))',
  '[x](file:///etc/passwd)',
  '[x](//evil.example)',
  '[x](/local)',
  '[x](#anchor)',
  '[x](https:evil)',
  '[x](ftp://example.no)',
  '[x](<javascript:alert(1)>)',
  '[x][y]\n\n[y]: javascript:alert(1)',
  '<javascript:alert(1)>',
  '<data:text/html,x>',
  'javascript:alert(1)',
  '![x](https://example.no/x.png)',
  '![x](javascript:alert(1))',
  '![<script>](x)',
  '[![x](javascript:alert(1))](javascript:alert(2))',
  '[x](https://example.no "\\" onmouseover=alert(1)")',
  '[x](https://example.no/"onmouseover="alert(1))',
  'https://example.no/"onmouseover="alert(1)',
  "https://example.no/'onmouseover='alert(1)",
  'a"onmouseover="b@example.no',
  '`<script>alert(1)</script>`',
  '```html"onload="x\n<script>alert(1)</script>\n```',
  '    <script>alert(1)</script>',
  '| <script> |\n|---|\n| <img src=x> |',
];

/** Every tag of the fragment is one of ours, with attributes of ours. */
const SAFE_TAG =
  /^<(?:\/?(?:h[1-6]|p|ul|ol|li|strong|em|s|blockquote|code|pre|hr|br|table|thead|tbody|tr|th|td)|\/a|ol start="\d+"|li value="\d+"|code class="language-[^"<>]*"|a href="(?:https?:\/\/|mailto:)[^"<>\s]+" rel="noopener")>$/u;

function unsafeTagsIn(html: string): string[] {
  const tags = html.match(/<[^>]*>?/gu) ?? [];
  return tags.filter((tag) => !SAFE_TAG.test(tag));
}

describe('hostile text', () => {
  test.each(
    attacks.flatMap((attack): [TextFormat, string][] => [
      ['PLAIN_TEXT', attack],
      ['MARKDOWN', attack],
    ]),
  )('comes out as text (%s): %j', (format, attack) => {
    expect(unsafeTagsIn(renderPolicyHtml(attack, format))).toEqual([]);
    expect(unsafeTagsIn(renderPolicyHtml(`Tekst før.\n\n${attack}\n\nTekst etter.`, format))).toEqual([]);
  });

  test('made of pieces of markup comes out as text', () => {
    console.info(`rendering property: seed ${seed}`);
    const piece = fc.constantFrom(
      ...attacks,
      '<',
      '>',
      '"',
      "'",
      '&',
      '[',
      ']',
      '(',
      ')',
      '!',
      '`',
      '*',
      '_',
      '\n',
      '\n\n',
      '# ',
      '- ',
      '> ',
      '|',
      ':',
      'https://a.no',
      'a@b.no',
      '\u0000',
      '\ud800',
      '\u00a0',
    );
    const hostile = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(hostile, fc.constantFrom<TextFormat>('PLAIN_TEXT', 'MARKDOWN'), (text, format) => {
        expect(unsafeTagsIn(renderPolicyHtml(text, format))).toEqual([]);
      }),
      { seed, numRuns: 1_000 },
    );
  });

  test.each<TextFormat>(['PLAIN_TEXT', 'MARKDOWN'])(
    'loses controls, a byte order mark and half characters (%s)',
    (format) => {
      expect(renderPolicyHtml('\ufeffEn\u0000 to\u0007 tre\ud800.\u0085', format).trim()).toBe('<p>En to tre.</p>');
    },
  );

  test.each<TextFormat>(['PLAIN_TEXT', 'MARKDOWN'])('that is empty is nothing (%s)', (format) => {
    expect(renderPolicyHtml('', format)).toBe('');
    expect(renderPolicyHtml(' \n\n ', format).trim()).toBe('');
  });

  test.each(['[', '![', '> ', '*a', '- a\n  ', '`', '<', '|a|\n|-|\n'])(
    'nests without end and is rendered: %j',
    (part) => {
      expect(unsafeTagsIn(markdown(part.repeat(3_000)))).toEqual([]);
    },
  );
});

describe('Markdown', () => {
  test('has headings, lists, emphasis, tables and quotes', () => {
    expect(markdown('# Tittel\n\nEn **viktig** _sak_.\n\n- en\n- to\n\n> sitat')).toBe(
      '<h1>Tittel</h1>\n<p>En <strong>viktig</strong> <em>sak</em>.</p>\n<ul>\n<li>en</li>\n<li>to</li>\n</ul>\n<blockquote>\n<p>sitat</p>\n</blockquote>',
    );
    expect(markdown('|a|b|\n|:-|-:|\n|1|2|')).toContain('<td>1</td>');
  });

  test('links to http, https and mailto, and keeps the words of other links', () => {
    expect(markdown('[her](https://example.no/a?b=1&c=2 "tittel")')).toBe(
      '<p><a href="https://example.no/a?b=1&amp;c=2" rel="noopener">her</a></p>',
    );
    expect(markdown('[skriv](mailto:post@example.no) eller post@example.no')).toBe(
      '<p><a href="mailto:post@example.no" rel="noopener">skriv</a> eller <a href="mailto:post@example.no" rel="noopener">post@example.no</a></p>',
    );
    expect(markdown('se [**punkt** 3](#tre) og [vilkår](/vilkar)')).toBe(
      '<p>se <strong>punkt</strong> 3 og vilkår</p>',
    );
    expect(markdown('<https://example.no> og https://example.no')).toBe(
      '<p><a href="https://example.no" rel="noopener">https://example.no</a> og <a href="https://example.no" rel="noopener">https://example.no</a></p>',
    );
  });

  test('shows an image as its description and raw HTML as it was written', () => {
    expect(markdown('![kart & plan](https://example.no/x.png) <b>fet</b>')).toBe(
      '<p>kart &amp; plan &lt;b&gt;fet&lt;/b&gt;</p>',
    );
  });

  test('leaves out headings without words', () => {
    expect(markdown('### \n\nTekst.\n\n### Mer')).toBe('<p>Tekst.</p>\n<h3>Mer</h3>');
  });
});

describe('plain text', () => {
  test('has its title, its sections by number, and paragraphs', () => {
    expect(plain('Personvern\n\n1. Formål\n\nVi lagrer navn.\n\n1.1 Kunder\n\nTekst & mer.')).toBe(
      '<h1>Personvern</h1>\n<h2>1. Formål</h2>\n<p>Vi lagrer navn.</p>\n<h3>1.1 Kunder</h3>\n<p>Tekst &amp; mer.</p>',
    );
  });

  test('has sections in capitals above bare headlines', () => {
    expect(plain('PERSONVERN\n\nFORMÅL\n\nKunder\n\nTekst.\n\nLAGRING\n\nTekst.').match(/<h\d>[^<]*/gu)).toEqual([
      '<h1>PERSONVERN',
      '<h2>FORMÅL',
      '<h3>Kunder',
      '<h2>LAGRING',
    ]);
  });

  test('has lists with its own numbers, also where items stand apart', () => {
    expect(plain('Vi lagrer:\n\n 3. Navn\n\n 4. Adresse\n    i Norge\n\n• En\n• To\n\nSlutt.')).toBe(
      '<p>Vi lagrer:</p>\n<ol>\n<li value="3">Navn</li>\n<li value="4">Adresse<br>\ni Norge</li>\n</ol>\n<ul>\n<li>En</li>\n<li>To</li>\n</ul>\n<p>Slutt.</p>',
    );
  });

  test('keeps short lines apart and joins those broken by a margin', () => {
    const long = 'Denne linjen er så lang at den er brutt av en marg og ikke av skriveren';
    expect(plain(`Kari Nordmann\nDaglig leder\n\n${long}\nog går videre her.`)).toBe(
      `<p>Kari Nordmann<br>\nDaglig leder</p>\n<p>${long}\nog går videre her.</p>`,
    );
  });

  test('links its addresses without the mark behind them', () => {
    expect(plain('Se https://example.no/a?b=1&c. Skriv til post@example.no, takk.')).toBe(
      '<p>Se <a href="https://example.no/a?b=1&amp;c" rel="noopener">https://example.no/a?b=1&amp;c</a>. Skriv til <a href="mailto:post@example.no" rel="noopener">post@example.no</a>, takk.</p>',
    );
  });

  test('is not read as Markdown within a line', () => {
    expect(plain('En *viktig* [sak](https://example.no) her.')).toBe(
      '<p>En *viktig* [sak](<a href="https://example.no" rel="noopener">https://example.no</a>) her.</p>',
    );
  });
});

const policies = join(__dirname, '..', '..', '..', 'shared', 'data', 'policies');
const there = existsSync(policies);
if (!there) console.warn(`SKIPPED: rendering of real policies, ${policies} is not there`);

(there ? describe : describe.skip)('real policies', () => {
  test.each(['skysoft.txt', 'skykontoret.txt', 'catacloud.txt'])('%s keeps every word', (file) => {
    const text = readFileSync(join(policies, file), 'utf8');
    const html = renderPolicyHtml(text, 'PLAIN_TEXT');
    const words = (from: string): string => from.replace(/[\s•]+/gu, '').replace(/^[-•]/gmu, '');
    const said = html
      .replace(/<li value="(\d+)">/gu, '$1.')
      .replace(/<[^>]*>/gu, '')
      .replace(/&lt;/gu, '<')
      .replace(/&gt;/gu, '>')
      .replace(/&quot;/gu, '"')
      .replace(/&amp;/gu, '&');
    expect(words(said)).toBe(words(text.replace(/^\s*[-•]\s/gmu, '')));
    expect(unsafeTagsIn(html)).toEqual([]);
  });
});
