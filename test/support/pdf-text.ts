import { inflateSync } from 'node:zlib';

/** The text that a PDF of ours shows, page by page, line by line; made again from its glyphs, so it shows what is seen. */
export function pdfText(pdf: Buffer): readonly string[] {
  const objects = objectsOf(pdf);
  const pages = [...objects.values()].filter(({ head }) => /\/Type \/Page\b(?!s)/.test(head));
  return pages.map(({ head }) => {
    const fonts = fontsOf(head, objects);
    const content = objects.get(numberAfter(head, '/Contents'))?.stream ?? '';
    return linesOf(content, fonts);
  });
}

interface PdfObject {
  readonly head: string;
  readonly stream: string | undefined;
}

function objectsOf(pdf: Buffer): ReadonlyMap<number, PdfObject> {
  const text = pdf.toString('latin1');
  const objects = new Map<number, PdfObject>();
  for (const match of text.matchAll(/(?:^|\n)(\d+) 0 obj\n([\s\S]*?)\nendobj/g)) {
    const [head = '', body] = (match[2] ?? '').split(/\nstream\n/, 2);
    const bytes = body === undefined ? undefined : Buffer.from(body.replace(/\nendstream$/, ''), 'latin1');
    const stream = bytes && (head.includes('/FlateDecode') ? inflateSync(bytes) : bytes).toString('latin1');
    objects.set(Number(match[1]), { head, stream });
  }
  return objects;
}

const numberAfter = (head: string, name: string) => Number(new RegExp(`${name} (\\d+) 0 R`).exec(head)?.[1] ?? 0);

/** Characters by glyph, for each font name of a page. */
function fontsOf(
  page: string,
  objects: ReadonlyMap<number, PdfObject>,
): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const resources = objects.get(numberAfter(page, '/Resources'))?.head ?? page;
  const named = [...resources.matchAll(/\/(F\d+) (\d+) 0 R/g)];
  return new Map(
    named.map(([, name = '', font]) => {
      const map = objects.get(numberAfter(objects.get(Number(font))?.head ?? '', '/ToUnicode'))?.stream ?? '';
      return [name, charactersOf(map)];
    }),
  );
}

/** A range with a list: glyphs from the first on stand for the texts of the list. */
function charactersOf(map: string): ReadonlyMap<string, string> {
  const characters = new Map<string, string>();
  for (const [, first = '', list = ''] of map.matchAll(/<([0-9a-f]{4})> <[0-9a-f]{4}> \[([^\]]*)\]/g)) {
    for (const [index, [, units = '']] of [...list.matchAll(/<([0-9a-f ]+)>/g)].entries()) {
      const glyph = (Number.parseInt(first, 16) + index).toString(16).padStart(4, '0');
      const bytes = Buffer.from(units.replaceAll(' ', ''), 'hex');
      characters.set(glyph, bytes.swap16().toString('utf16le'));
    }
  }
  return characters;
}

function linesOf(content: string, fonts: ReadonlyMap<string, ReadonlyMap<string, string>>): string {
  let font: ReadonlyMap<string, string> | undefined;
  let y: string | undefined;
  let text = '';
  for (const [token, , name, at, shown] of content.matchAll(
    /(\/(F\d+) [\d.]+ Tf)|1 0 0 1 [\d.-]+ ([\d.-]+) Tm|\[([^\]]*)\] TJ/g,
  )) {
    if (name) font = fonts.get(name);
    else if (at !== undefined) {
      if (y !== undefined && y !== at) text += '\n';
      y = at;
    } else if (shown !== undefined) {
      for (const [, hex = ''] of shown.matchAll(/<([0-9a-f]+)>/g)) {
        text += (hex.match(/.{4}/g) ?? []).map((glyph) => font?.get(glyph) ?? '\uFFFD').join('');
      }
    } else throw new Error(`This part of a page was not understood: ${token}`);
  }
  return text;
}
