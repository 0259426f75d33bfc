import { createHash } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { openPromise } from 'yauzl';
import { ZipFile } from 'yazl';
import { canonicalJson } from '../../src/domain/canonical-json';
import { README_ID } from '../../src/evidence/verify/bundle-readme';

/** The files of a zip, by name: for tests that put other ones in their place. */
export type ZipFiles = Map<string, Buffer>;

export async function readZip(path: string): Promise<ZipFiles> {
  const zip = await openPromise(path);
  const files: ZipFiles = new Map();
  for await (const entry of zip.eachEntry()) {
    const chunks: Buffer[] = [];
    for await (const chunk of await zip.openReadStreamPromise(entry)) chunks.push(chunk);
    files.set(entry.fileName, Buffer.concat(chunks));
  }
  return files;
}

export async function writeZip(path: string, files: ZipFiles): Promise<string> {
  const zip = new ZipFile();
  for (const [name, content] of files) zip.addBuffer(content, name);
  zip.end();
  const chunks: Buffer[] = [];
  for await (const chunk of zip.outputStream) chunks.push(Buffer.from(chunk));
  writeFileSync(path, Buffer.concat(chunks));
  return path;
}

/** Lists the files as they are now, as somebody does who hides that he changed them. */
export function relist(files: ZipFiles, readme = README_ID): void {
  const listed = [...files]
    .filter(([name]) => name !== 'manifest.json')
    .map(([path, content]) => ({ path, bytes: content.length, sha256: sha256(content) }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const manifest = { format: 'samtykke-bundle/1', readme, files: listed };
  files.set('manifest.json', Buffer.from(`${canonicalJson(manifest)}\n`));
}

export const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

export function fileIn(files: ZipFiles, name: string): Buffer {
  const content = files.get(name);
  if (!content) throw new Error(`There is no ${name}.`);
  return content;
}
