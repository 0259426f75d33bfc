import { MAX_NAME_LENGTH, MAX_SLUG_LENGTH } from '../../domain/limits';
import type { TextFormat } from '../../domain/policy/policy.events';
import { sha256Hex } from '../aggregate';

const MARKDOWN = /\.(md|markdown)$/i;
const EXTENSION = /(?<=[^/])\.[a-z0-9]{1,10}$/i;
/** Letters that no decomposition turns into a-z. */
const SPELLINGS: { readonly [letter: string]: string } = {
  æ: 'ae',
  ø: 'o',
  å: 'a',
  œ: 'oe',
  ß: 'ss',
  ð: 'd',
  þ: 'th',
  đ: 'd',
  ł: 'l',
};
/** Hexadecimal digits of the path's hash that tell two paths of the same slug apart; the longer ones in turn. */
const SUFFIX_LENGTHS = [8, 16, 32];

export function formatOf(path: string): TextFormat {
  return MARKDOWN.test(path) ? 'MARKDOWN' : 'PLAIN_TEXT';
}

/** The file's name without folders and extension. */
export function titleOf(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1);
  const title = name
    .replace(EXTENSION, '')
    .replaceAll(/\p{Cc}+/gu, ' ')
    .trim();
  return [...(title || name)].slice(0, MAX_NAME_LENGTH / 2).join('');
}

/** A slug made of a path's words, extension left out: "Vilkår/For Bedrift.md" is `vilkar-for-bedrift`. */
export function slugOf(path: string): string {
  return shortened(wordsOf(path.replace(EXTENSION, '')), MAX_SLUG_LENGTH) || 'policy';
}

/** The slugs a path may have in their order of preference: the next is taken where another path has the one before. */
export function slugsOf(path: string): readonly string[] {
  const slug = slugOf(path);
  const hash = sha256Hex(path);
  const told = SUFFIX_LENGTHS.map((length) => {
    return `${shortened(slug, MAX_SLUG_LENGTH - length - 1)}-${hash.slice(0, length)}`;
  });
  return [slug, ...told];
}

function wordsOf(path: string): string {
  const letters = path
    .normalize('NFC')
    .toLowerCase()
    .replaceAll(/[æøåœßðþđł]/g, (letter) => SPELLINGS[letter] ?? letter);
  return letters
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/\p{M}/gu, '')
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replaceAll(/^-|-$/g, '');
}

function shortened(slug: string, length: number): string {
  return slug.slice(0, length).replace(/-$/, '');
}
