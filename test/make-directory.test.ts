import { existsSync, mkdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDirectory } from '../src/make-directory';
import { emptyDirectories } from './support/sqlite-log-files';

const emptyDirectory = emptyDirectories();

test('a directory is made with all above it, for its owner alone, and again nothing changes', () => {
  const path = join(emptyDirectory(), 'en', 'to', 'tre');
  makeDirectory(path);
  makeDirectory(path);
  expect([path, join(path, '..')].map((each) => statSync(each).mode & 0o777)).toEqual([0o700, 0o700]);
});

test('one that is there keeps its mode', () => {
  const path = join(emptyDirectory(), 'open');
  mkdirSync(path, { mode: 0o755 });
  makeDirectory(path);
  expect(statSync(path).mode & 0o700).toBe(0o700);
});

test.each([
  ['a file', (file: string) => file, 'EEXIST'],
  ['below a file', (file: string) => join(file, 'below'), 'ENOTDIR'],
  ['below a file further down', (file: string) => join(file, 'below', 'it'), 'ENOTDIR'],
])('%s is no place for a directory', (_, place, code) => {
  const file = join(emptyDirectory(), 'file');
  writeFileSync(file, '');
  expect(() => makeDirectory(place(file))).toThrow(expect.objectContaining({ code }));
});

const whereProcIs = existsSync('/proc/self') ? test : test.skip;
if (!existsSync('/proc/self')) console.warn('Not tried: a directory below /proc, which is not there.');

whereProcIs('a directory that the system makes nothing in is refused at once', () => {
  expect(() => makeDirectory('/proc/samtykke/below')).toThrow(expect.objectContaining({ code: 'ENOENT' }));
});
